#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > statfs says 4 GiB, all of it free.
#
# What df shows.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
expect_output 4294967296 bash -c 'stat -f -c "%S %b" "$1" | { read -r size count; echo $((size * count)); }' - "$mnt"
expect_output 4294967296 bash -c 'stat -f -c "%S %a" "$1" | { read -r size count; echo $((size * count)); }' - "$secrets"
hsxfs_unmount
