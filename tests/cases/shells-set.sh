#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# In six shells, echo key > secrets/X is one request, a PUT with exactly that value.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/shells.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null

for shell in "${shells[@]}"; do
	requests_clear
	expect_status 0 shell_echo "$shell" "key-of-$shell" "$secrets/NEW_$shell"
	expect_equal "$(cat output errors)" "" "what $shell said"
	expect_equal "$(requests)" 1 "requests by $shell"
	expect_equal "$(requests PUT "*/scripts/$production/secrets")" 1 "PUTs by $shell"
	expect_equal "$(value_of "NEW_$shell")" "key-of-$shell"

	expect_status 0 shell_echo "$shell" "second" "$secrets/NEW_$shell"
	expect_equal "$(value_of "NEW_$shell")" second
	for value in "${values[@]}"; do
		requests_clear
		expect_status 0 shell_echo "$shell" "${!value}" "$secrets/NEW_$shell"
		expect_equal "$(requests PUT)" 1 "PUTs of $value by $shell"
		expect_equal "$(value_of "NEW_$shell")" "${!value}" "$value by $shell"
	done
done

hsxfs_unmount
