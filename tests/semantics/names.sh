#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Making a file in `routes/` or `installs/` is EROFS, and in the directories above them EPERM.
#
# And in flags/, where there is nothing to write flags through, EROFS too.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
for directory in flags routes installs; do
	expect_output '' ls -A "$project/production/$directory"
	expect_errno 'open EROFS' write "$project/production/$directory/anything" y
done
for directory in "$mnt" "$mnt/acct_demo" "$project" "$project/production"; do
	expect_errno 'open EPERM' write "$directory/anything" y
done
expect_equal "$(requests)" 0 requests
hsxfs_unmount
