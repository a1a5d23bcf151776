#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A request that failed with HTTP 409, 429, 500, 502, 503 or 504, or was cut, is sent up to four
#   times within `deadline`.
# > | an error of its own (5xx), four times | EIO |
#
# What is sent again, and how often.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -o deadline=30
ls "$secrets" >/dev/null

for failure in '"status": 409, "code": 10035' '"status": 429, "code": 971' '"status": 500' '"status": 502' \
	'"status": 503' '"status": 504' '"close": true'; do
	requests_clear
	rule "{\"method\": \"PUT\", $failure}"
	expect_errno ok write "$secrets/X" "key"
	expect_equal "$(requests PUT)" 2 "PUTs after one answer of $failure"
done
requests_clear
rule '{"method": "PUT", "status": 500, "times": -1}'
expect_errno 'write EIO' write "$secrets/X" key
expect_equal "$(requests PUT)" 4 "PUTs that are all answered with 500"
rules_clear

requests_clear
rule '{"method": "PUT", "status": 400, "code": 99999, "times": -1}'
expect_errno 'write EINVAL' write "$secrets/X" key
expect_equal "$(requests PUT)" 1 "PUTs that are answered with 400"
hsxfs_unmount
