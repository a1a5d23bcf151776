#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > With `-o unreadable` a secret has mode 0200, and an open for reading is EACCES, for root too.
# > With `-o commit=close`, or `"commit": "close"` in the environment, nothing is sent before a
#   close.
# > Several lines are stored byte for byte.
# > One line that begins or ends with white space is EINVAL; `-o newline=keep` stores it, `-o
#   newline=trim` drops what is at its end.
# > `-o rm=free` lifts the brake, `-o rm=off` refuses every removal with EPERM, and `-o ro` every
#   change with EROFS.
#
# -o ro, unreadable, newline=, commit=close, and what is said of wrong ones.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write

hsxfs_mount -o ro
expect_errno 'open EROFS' write "$secrets/STRIPE_KEY" key
expect_errno 'open EROFS' write "$secrets/NEW" key
expect_errno 'unlink EROFS' unlink "$secrets/STRIPE_KEY"
expect_status 0 cat "$secrets/STRIPE_KEY"
expect_equal "$(requests PUT)$(requests DELETE)" 00 "requests of a read-only mount"
hsxfs_unmount

hsxfs_mount -o unreadable
expect_errno 'read EACCES' read "$secrets/STRIPE_KEY"
expect_output 200 stat -c %a "$secrets/STRIPE_KEY"
expect_failure cat "$secrets/STRIPE_KEY"
expect_errno ok write "$secrets/STRIPE_KEY" key
expect_equal "$(value_of STRIPE_KEY)" key
hsxfs_unmount

# exact NAME WANTED: the stored bytes.
exact()
{
	curl -sS -f "$admin/state" | jq -ej --arg name "$1" --arg script "$production" \
		'.accounts[].scripts[$script].secrets[$name]' >stored
	printf '%b' "$2" | cmp - stored || fail "$1 is stored otherwise"
}
# with RULE TEXT WANTED, both as printf writes them.
with()
{
	hsxfs_mount -o "newline=$1"
	printf '%b' "$2" >"$secrets/N"
	exact N "$3"
	hsxfs_unmount
}
with strip1 'key\n' key
with strip1 'one\ntwo\n' 'one\ntwo\n'
with keep 'key\n' 'key\n'
with keep ' key ' ' key '
with trim 'key \n' key
with trim 'one\ntwo \n\n' 'one\ntwo'
with trim ' key' ' key'

# The last write before the close decides; a command that checks its close shows the refusal.
hsxfs_mount -o commit=close
requests_clear
expect_errno ok pieces "$secrets/C" $'one\n' $'two\n'
expect_equal "$(requests PUT)" 1 "PUTs with commit=close"
exact C 'one\ntwo\n'
rule '{"method": "PUT", "status": 403, "code": 10000}'
expect_errno 'close EACCES' write "$secrets/C" key
hsxfs_unmount
config_write '.accounts.acct_demo.projects["acme-crm"].environments.production.commit = "close"'
hsxfs_mount
rule '{"method": "PUT", "status": 403, "code": 10000, "times": -1}'
expect_errno 'close EACCES' write "$secrets/C" key
expect_errno 'write EACCES' write "$project/staging/secrets/C" key
rules_clear
hsxfs_unmount

for option in newline=all commit=never rm=maybe deadline=0 deadline=x ttl=-1 queue= spin=-1 no_such_option; do
	expect_status 1 "$HSXFS_BUILD/hsxfs" -f "$config" "$mnt" -o "$option"
	has_message errors "${option%%=*}"
	expect_equal "$(wc -l <errors)" 1 "lines of message for $option"
	is_mounted "$mnt" && fail "mounted with $option"
done
hsxfs_mount -o rw,noatime,_netdev,nofail,deadline=2.5 -o ttl=0,queue=1,spin=0
expect_status 0 ls "$secrets"
hsxfs_unmount
# Those of mount(8) and fstab(5), whether they mean something here or not.
hsxfs_mount -o defaults,async,atime,auto,noauto,dev,nodev,diratime,nodiratime,dirsync,exec,noexec,group,iversion \
	-o noiversion,mand,nomand,relatime,norelatime,strictatime,nostrictatime,lazytime,nolazytime,suid,nosuid \
	-o silent,loud,owner,sync,user,user=anna,nouser,users,nosymfollow,nonempty,comment=x,x-systemd.automount \
	-o X-mount.mkdir,X-mount.mode=0700,x-initrd.mount
expect_status 0 ls "$secrets"
hsxfs_unmount
expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" no-such-place -o context=system_u:object_r:removable_t
has_message errors 'no-such-place: No such file'

# Letters together, and the end of the options.
for words in "-fd $config $mnt" "-df -- $config $mnt" "-fo ttl=0 $config $mnt" "-fdottl=0 -- $config $mnt"; do
	# shellcheck disable=SC2086 # they are words
	hsxfs_background "$HSXFS_BUILD/hsxfs" $words >>"$log" 2>&1
	wait_until 10 is_mounted "$mnt"
	hsxfs_mounts+=("$mnt")
	expect_status 0 ls "$secrets"
	fusermount3 -u "$mnt"
	wait "$background"
done
mkdir ./-odd
expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" -- -odd more
has_message errors '.more. is one argument too many'
expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" -fx "$mnt"
has_message errors '^hsxfs: -fx: no such option'
expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" "$mnt" -fo
has_message errors '^hsxfs: -o needs an option after it'
hsxfs_background "$HSXFS_BUILD/hsxfs" -f "$config" -- -odd >>"$log" 2>&1
hsxfs_mounts+=("$PWD/-odd")
wait_until 10 is_mounted "$PWD/-odd"
fusermount3 -u "$PWD/-odd"
wait "$background"
