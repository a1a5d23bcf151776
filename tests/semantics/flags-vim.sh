#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `vim`, `sed -i`, `jq … | sponge`, `cp` between environments and `mv` of a temporary file work on flags
#   as on a disk.
# > A JSON that is written over a version newer than what the same session has read is EBUSY, and the newer
#   one stays.
#
# vim in a terminal, also when somebody else has changed the flag meanwhile.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

for program in vim tmux; do
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

# Somebody else writes between its reading and its writing: it says so and does not write.
meets_another()
{
	terminal "vim -N -u NONE -n $flags/new-checkout"
	shows '"type": "boolean"'
	setsid -w bash -c "sed -i 's/boolean/string/' '$flags/new-checkout'"
	requests_clear
	keys ':%s/"rules": ./"rules": [1/' Enter ":$1" Enter
	if [ "$1" = w ]; then
		shows 'has been changed since reading'
		keys y
	fi
	shows 'E[0-9]+:'
	keys Escape ':q!' Enter
	terminal_ends
}
for write in w 'w!'; do
	in_vim meets_another "$write"
	expect_equal "$(changes)" '' "changes sent by $write"
	expect_equal "$(there new-checkout)" '["disabled","string"]'
	last_error '"errno":"EBUSY".*has changed since it was read'
	sed -i 's/string/boolean/' "$flags/new-checkout"
done
hsxfs_unmount
