#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `vim`, `sed -i`, `jq … | sponge`, `cp` between environments and `mv` of a temporary file work on flags
#   as on a disk.
# > vim asks by itself before it writes over a newer version; told yes, the write goes through where vim keeps
#   a backup, for which it has then read the newer one, and is EBUSY where it keeps none.
#
# vim in a terminal, also when somebody else has changed the flag meanwhile.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

for program in vim tmux sponge; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done

plane_start
plane_config
hsxfs_mount

there()
{
	plane_state ".accounts.acct_demo.projects[\"acme-crm\"].flags.production[\"123456\"][\"$1\"] | [.state, .type]"
}

changes()
{
	curl -sS -f -m 10 "$admin/requests" | jq -r '[.[] | select(.method != "GET")
		| "\(.method) \(.path | split("/") | last)"] | join(", ")'
}

# In a subshell, since the terminal is ended as that ends.
in_vim()
(
	table=/dev/null
	. "$HSXFS_TESTS/tools/tool.sh"
	"$@"
)

# edits NAME OPTIONS: changes the state, and leaves.
edits()
{
	terminal "vim -N -u NONE $2 $flags/$1"
	shows '"state": "(enabled|disabled)"'
	keys ':%s/enabled/ENABLED/e | %s/disabled/enabled/e | %s/ENABLED/disabled/e' Enter ':wq' Enter
	terminal_ends
	return "$status"
}

state=enabled
for options in '' '-n' "--cmd 'set undofile'" "--cmd 'set backupskip= backupcopy=yes'" \
	"--cmd 'set backupskip= backupcopy=auto'" "--cmd 'set backupskip= backup'"; do
	[ "$state" = enabled ] && state=disabled || state=enabled
	requests_clear
	in_vim edits new-pricing "$options"
	expect_equal "$(changes)" 'PUT new-pricing' "vim $options sent"
	expect_equal "$(there new-pricing)" "[\"$state\",\"boolean\"]" "vim $options"
	expect_equal "$(ls -A "$flags")" 'new-checkout
new-pricing' "vim $options left"
done

# A new one, by its word alone.
makes()
{
	terminal "vim -N -u NONE $flags/by-vim"
	shows '\[New\]'
	keys i 'enabled' Escape ':wq' Enter
	terminal_ends
	return "$status"
}
requests_clear
in_vim makes
expect_equal "$(changes)" 'POST flags'
expect_equal "$(there by-vim)" '["enabled","boolean"]'

# overtaken OPTIONS COMMAND ANSWER PATTERN: somebody else writes between vim's reading and its writing; it
# asks, is answered, and shows what is as the pattern.
overtaken()
{
	terminal "vim -N -u NONE -n --cmd 'set backupskip= $1' $flags/new-checkout"
	shows '"type": "boolean"'
	setsid -w bash -c "sed -i 's/boolean/string/' '$flags/new-checkout'"
	requests_clear
	keys ':%s/"rules": ./"rules": [1/' Enter ":$2" Enter
	shows 'has been changed since reading'
	shows 'really want to write'
	keys "$3"
	shows "$4"
	keys Escape ':q!' Enter
	terminal_ends
}

stays_the_newer()
{
	expect_equal "$(changes)" '' "changes sent by $1"
	expect_equal "$(there new-checkout)" '["disabled","string"]' "$1"
	sed -i 's/string/boolean/' "$flags/new-checkout"
}

without='nobackup nowritebackup'
with='writebackup backupcopy=yes'
for write in w 'w!'; do
	in_vim overtaken "$without" "$write" y 'E[0-9]+:'
	last_error '"errno":"EBUSY".*has changed since it was read'
	stays_the_newer "$write without a backup"

	in_vim overtaken "$with" "$write" n 'Press ENTER'
	stays_the_newer "$write, and no"

	in_vim overtaken "$with" "$write" y 'written'
	expect_equal "$(changes)" 'PUT new-checkout' "changes sent by $write with a backup"
	expect_equal "$(there new-checkout)" '["disabled","boolean"]' "$write with a backup"
	jq '.rules = []' "$flags/new-checkout" | sponge "$flags/new-checkout"
done
hsxfs_unmount
