#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A value of over 64 KiB is EFBIG, and nothing is sent; over 5 KB it is EFBIG by the API's
#   verdict.
#
# What is too large, here and there.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear

head -c 65536 /dev/zero | tr '\0' x | tr 'x' 'y' >most
printf z | cat most - >over-the-most
expect_status 1 cp over-the-most "$secrets/X"
has_message errors 'File too large'
expect_equal "$(requests)" 0 "requests for 64 KiB and a byte"
expect_status 1 cp most "$secrets/X"
has_message errors 'File too large'
expect_equal "$(requests PUT)" 1 "PUTs of 64 KiB"
head -c 5121 most >over
expect_errno 'write EFBIG' write "$secrets/X" "$(cat over)"
expect_equal "$(requests PUT)" 2 "PUTs of 5,121 bytes"
expect_errno ok write "$secrets/X" "$(head -c 5119 over)"
tail -n 1 "$secrets/.errors" >last
has_message last '10054'
hsxfs_unmount
