#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A change by somebody else is seen within `ttl`, 30 s if not set; in a `.dev.vars` file within 1
#   s.
# > A request that gets no answer within `deadline`, 10 s if not set, is ETIMEDOUT.
#
# The limits that nobody set: ttl and deadline, as long as they are.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/elsewhere.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null

rule '{"method": "PUT", "delay_ms": 120000, "times": -1}'
started=${EPOCHREALTIME/./}
expect_within 12000 expect_errno 'write ETIMEDOUT' write "$secrets/X" value
[ $(((${EPOCHREALTIME/./} - started) / 1000)) -ge 9900 ] || fail "it did not wait for 10 s"
rules_clear
hsxfs_unmount

# The failed write left the listing in doubt, so this is a mount of its own.
hsxfs_mount
ls "$secrets" >/dev/null
listed=${EPOCHREALTIME/./}
set_elsewhere LATER
requests_clear
expect_output STRIPE_KEY ls "$project/dev/secrets"
echo OUTSIDE=1 >>dev/.dev.vars
sleep 1.05
expect_status 0 test -e "$project/dev/secrets/OUTSIDE"
sleep 27.9
expect_status 1 test -e "$secrets/LATER"
[ $(((${EPOCHREALTIME/./} - listed) / 1000)) -lt 30000 ] || fail "this machine is too slow"
sleep 1.1
expect_status 0 test -e "$secrets/LATER"
expect_equal "$(requests GET)" 1 listings
hsxfs_unmount
