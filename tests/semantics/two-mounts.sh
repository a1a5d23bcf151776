#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Two mounts of one account may write at once: an edit conflict (10035) is tried again, and both
#   succeed.
#
# Two mounts of one account.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
first=$mnt
hsxfs_mount
first_daemon=$daemon
mnt=$PWD/second
hsxfs_mount
second=$mnt
place=acct_demo/acme-crm/production/secrets
ls "$first/$place" "$second/$place" >/dev/null

# As Cloudflare answers whoever comes second.
rule '{"method": "PUT", "delay_ms": 300}'
rule '{"method": "PUT", "status": 409, "code": 10035, "message": "edit conflict"}'
(echo of-first >"$first/$place/FIRST") &
writer=$!
sleep 0.1
echo of-second >"$second/$place/SECOND"
wait "$writer"
expect_equal "$(value_of FIRST) $(value_of SECOND)" "of-first of-second"
expect_equal "$(requests PUT)" 3 PUTs
hsxfs_unmount
mnt=$first daemon=$first_daemon
hsxfs_unmount
