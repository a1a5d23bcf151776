#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Files have mode 0600, or 0400 where they can only be read, directories 0700, and belong to the user
#   who mounted.
# > Another user gets EACCES for the whole tree, and so does root where an ordinary user mounted.
#
# Whose the tree is.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to be several users"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"
emulator_start
config_write
hsxfs_mount
expect_equal "$(find "$mnt" -type d -printf '%m %U %G\n' | sort -u)" "700 $(id -u) $(id -g)" "directories"
expect_equal "$(find "$mnt" -type f -printf '%m %U %G\n' | sort -u)" "600 $(id -u) $(id -g)" "files"
hsxfs_unmount

# Neither root nor another user sees into an ordinary user's mount.
cat >as-user.sh <<'SCRIPT'
. "$HSXFS_TESTS/lib/common.sh"
emulator_start
config_write
hsxfs_mount
expect_equal "$(find "$mnt" -printf '%m %U %G\n' | sort -u | tr '\n' ' ')" "600 12345 12345 700 12345 12345 "
echo "$$" >ready
wait_until 10 test -e seen
hsxfs_unmount
SCRIPT
hsxfs_background as_user as-user.sh
find_ready()
{
	inside=$(pgrep -u 12345 -f 'bash /mnt/script' | head -n 1) &&
		nsenter --mount="/proc/$inside/ns/mnt" test -e /mnt/home/ready
}
wait_until 10 find_ready
stranger=(nsenter --mount="/proc/$inside/ns/mnt" setpriv --reuid 23456 --regid 23456 --clear-groups)
expect_status 0 "${stranger[@]}" ls /mnt/home
expect_status 2 "${stranger[@]}" ls /mnt/home/mnt
has_message errors 'Permission denied'
expect_status 2 nsenter --mount="/proc/$inside/ns/mnt" ls /mnt/home/mnt
has_message errors 'Permission denied'
expect_status 1 nsenter --mount="/proc/$inside/ns/mnt" cat /mnt/home/mnt/acct_demo/acme-crm/production/secrets/STRIPE_KEY
has_message errors 'Permission denied'
nsenter --mount="/proc/$inside/ns/mnt" touch /mnt/home/seen
wait "$background"
