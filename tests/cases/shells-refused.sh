#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > In bash, dash, zsh, busybox sh, fish and ksh an `echo` that the API refuses fails with a
#   message, after one request.
#
# The server says 403: each of six shells shows it, with exactly one request, and nothing follows
# at the close.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/shells.sh"

shells_emulator_start
hsxfs_mount
rule '{"method": "PUT", "status": 403, "code": 10000, "message": "Authentication error", "times": -1}'

for shell in "${shells[@]}"; do
	secrets=$mnt/acct_demo/for-$shell/production/secrets
	ls "$secrets" >/dev/null
	for value in "${values[@]}"; do
		requests_clear
		expect_failure shell_echo "$shell" "${!value}" "$secrets/FAIL"
		expect_equal "$(requests)" 1 "requests for $value by $shell"
	done
	[ ! -e "$secrets/FAIL" ] || fail "a name that was refused is there"
	requests_clear
	expect_failure shell_echo "$shell" new "$secrets/OLD"
	expect_equal "$(requests PUT)" 1 "PUTs by $shell"
	expect_equal "$(value_of OLD "hsx-acct-demo-for-$shell-deals")" old
done

hsxfs_unmount
