#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A removal that has its effect while its answer is lost is sent again, and "no such secret" is then its
# success.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
emulator=${api%/client/v4}

# removed NAME FAULT...: rm through a relay with that fault succeeds, after two DELETEs.
removed()
{
	local name=$1

	shift
	rm -f relay-url
	hsxfs_background "$HSXFS_BUILD/hsxfs-relay" --listen 127.0.0.1:0 --to "${emulator#http://}" \
		--url-file relay-url "$@"
	wait_until 5 has_a_line relay-url
	# shellcheck disable=SC2016 # a jq variable
	config_write '.accounts.acct_demo.cloudflare.api = "http://\($address)/client/v4"' \
		--arg address "$(grep -o '127[.]0[.]0[.]1:[0-9]*' relay-url)"
	hsxfs_mount
	expect_status 0 ls "$secrets/$name"
	requests_clear
	expect_status 0 rm "$secrets/$name"
	expect_equal "$(requests DELETE)" 2 "removals sent"
	expect_failure ls "$secrets/$name"
	hsxfs_unmount
	expect_equal "$(value_of "$name" || echo none)" none
	kill "$background"
}
# The listing is the first request of the connection.
removed STRIPE_KEY --close-after-request --on-request 2 --times 1
removed ONLY_HERE --close-after-request --reset --on-request 2 --times 1

# What was never there is no success.
config_write
hsxfs_mount
expect_errno 'unlink ENOENT' unlink "$secrets/NEVER"
hsxfs_unmount
