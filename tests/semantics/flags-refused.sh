#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Anything else is EINVAL, as is a member `key` that is not the file's name; `.errors` has line and
#   column, and nothing is sent.
#
# What is no flag is refused before anything is sent, and where it went wrong is told.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config
hsxfs_mount -o newline=keep
cp -r "$flags" before
requests_clear

# refused CALL LINE COLUMN TEXT...: the pieces, one write each; CALL is where it fails.
refused()
{
	local call=$1 line=$2 column=$3 name

	shift 3
	for name in new-pricing brand-new; do
		expect_errno "$call EINVAL" pieces "$flags/$name" "$@"
		last_error "\"path\":\"/acct_demo/acme-crm/production/flags/$name\",\"errno\":\"EINVAL\""
		has_message last "line $line, column ${column}[:,]"
	done
}

refused write 1 1 $'on\n'
refused write 1 1 $'Enabled\n'
refused write 1 1 $'enabled now\n'
refused write 1 3 $'  true\n'
refused close 1 1 'enable'
refused write 1 1 $'enabled\ndisabled\n'
refused write 1 1 $'\n'
refused close 1 1 '   '
refused write 1 1 $'[{"state": "enabled"}]\n'
refused write 1 1 $'"enabled"\n'
refused write 1 1 $'hsxfs: write-only secret X\n'
refused write 2 '[0-9]+' $'{"state": "enabled",\n nonsense}'
refused write 3 '[0-9]+' $'{\n  "state": "enabled",\n  "state": "disabled"\n}'
refused write 1 '[0-9]+' $'{"state": "enabled"} more\n'
refused write 1 '[0-9]+' '{"state": "enabled"}{}'
refused close 1 20 $'{"state": "enabled",\n'
refused close 1 '[0-9]+' '{"state": "ena'
refused write 2 '[0-9]+' $'{"state": "enabled",\n' $'}\n'
refused write 1 8 '{"key":"other", "state": "enabled"}'
refused write 4 10 $'{"state": "enabled",\n "rules": [{"key": "brand-new"}],\n "ü": "key",\n "key" : "New-Pricing"}'
refused write 1 9 '{"key": 5}'
refused write 2 11 $'{\n "state": 5}'
refused write 1 11 '{"state": ""}'

# A NUL, and bytes that are no text.
for text in 'enabled\0\n' '{"state": "ena\0bled"}' '{"state": "\377"}'; do
	# shellcheck disable=SC2059 # escapes are meant
	expect_failure bash -c "printf '$text' >'$flags/new-pricing'"
	has_message errors 'Invalid argument'
	last_error 'line 1, column [0-9]+'
done

# Nothing was written at all.
expect_errno 'close EINVAL' pieces "$flags/new-pricing"

expect_equal "$(requests 'P*')$(requests DELETE)" 00 'changes sent'
expect_status 0 diff -r before "$flags"
hsxfs_unmount
