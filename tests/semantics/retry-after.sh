#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Within a Retry-After, at most 300 s, nothing is sent to that API; a call whose deadline is earlier
#   fails with EBUSY at once.
#
# A server that wants to hear nothing for a while.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -o deadline=1
ls "$secrets" >/dev/null
requests_clear

rule '{"method": "PUT", "status": 429, "code": 971, "headers": {"Retry-After": "3"}}'
started=${EPOCHREALTIME/./}
expect_within 300 expect_errno 'write EBUSY' write "$secrets/X" key
expect_within 300 expect_errno 'write EBUSY' write "$secrets/X" key
expect_within 300 expect_errno 'unlink EBUSY' unlink "$secrets/STRIPE_KEY"
expect_within 300 expect_errno 'listdir EBUSY' listdir "$project/staging/secrets"
expect_equal "$(requests)" 1 "requests within the Retry-After"

# A call that has the time waits for its end.
sleep 2.3
expect_errno ok write "$secrets/X" key
[ $(((${EPOCHREALTIME/./} - started) / 1000)) -ge 3000 ] || fail "it was sent before its time"
expect_equal "$(requests)" 2 requests

rule '{"method": "PUT", "status": 503, "raw": "", "headers": {"Retry-After": "100000"}}'
expect_errno 'write EIO' write "$secrets/X" key
seconds=$(jq '.accounts[0].cloudflare.retry_after_seconds' "$mnt/.status")
[ "$seconds" -gt 290 ] && [ "$seconds" -le 300 ] || fail "it waits for $seconds s"
expect_errno 'write EBUSY' write "$secrets/X" key
hsxfs_unmount
