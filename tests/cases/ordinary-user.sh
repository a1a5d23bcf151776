#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# NEVER-SKIP
# An ordinary user mounts, sets, lists, is refused, and unmounts, also by kill -9.

. "$HSXFS_TESTS/lib/common.sh"

cat >as-user.sh <<'END'
. "$HSXFS_TESTS/lib/common.sh"
[ "$(id -u)" != 0 ]
emulator_start
config_write
hsxfs_mount
expect_output "$(names_of | tr ' ' '\n')" ls "$secrets"
expect_errno ok write "$secrets/X" key
expect_equal "$(value_of X)" key
expect_output "600 $(id -u)" stat -c '%a %u' "$secrets/X"
expect_status 0 rsync -a "$mnt/" rsynced/
has_no rsynced canary
expect_errno ok unlink "$secrets/X"
hsxfs_unmount

not_mounted()
{
	! is_mounted "$mnt"
}
hsxfs_mount
kill -KILL "$daemon"
wait_until 5 not_mounted
rm -rf mnt

expect_status 0 timeout 20 "$HSXFS_BUILD/hsxfs" "$config" "$(mkdir mnt && echo mnt)"
expect_status 0 ls "$secrets"
fusermount3 -u mnt
END
as_user as-user.sh
