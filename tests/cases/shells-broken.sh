#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The server answers 500, or never: six shells show it, whatever the value, within the deadline.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/shells.sh"

shells_emulator_start
hsxfs_mount -o deadline=2
for shell in "${shells[@]}"; do
	ls "$mnt/acct_demo/for-$shell/production/secrets" >/dev/null
done
rule '{"method": "PUT", "status": 500, "times": -1}'
for value in "${values[@]}"; do
	expect_each_shell_fails 4000 "${!value}"
done
rules_clear
hsxfs_unmount

# A mount of its own for each value: a server that was silent once is known to be down.
for value in "${values[@]}"; do
	hsxfs_mount -o deadline=2
	for shell in "${shells[@]}"; do
		ls "$mnt/acct_demo/for-$shell/production/secrets" >/dev/null
	done
	rule '{"method": "PUT", "delay_ms": 60000, "times": -1}'
	requests_clear
	expect_each_shell_fails 4000 "${!value}"
	expect_equal "$(requests PUT)" 6 "PUTs that were never answered"
	rules_clear
	hsxfs_unmount
done
