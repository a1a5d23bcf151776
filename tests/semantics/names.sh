#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `flags/`, `routes/` and `installs/` are empty, and making a file there is EROFS.
#
# A file in flags/, routes/ or installs/ cannot be made in this version.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
for directory in flags routes installs; do
	expect_output '' ls -A "$project/production/$directory"
	expect_errno 'open EROFS' write "$project/production/$directory/x" y
done
expect_equal "$(requests)" 0 requests
hsxfs_unmount
