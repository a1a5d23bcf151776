#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A kept connection that dies under its second request: libcurl sends that again by itself. The API
# gets the change twice, the caller one answer, and it is the right one.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
emulator=${api%/client/v4}
table=$PWD/table

# breaks REQUEST FAULT...: a mount through a relay that breaks the REQUEST-th one of a connection, once.
breaks()
{
	local request=$1

	shift
	rm -f relay-url
	hsxfs_background "$HSXFS_BUILD/hsxfs-relay" --listen 127.0.0.1:0 --to "${emulator#http://}" \
		--url-file relay-url --on-request "$request" --times 1 "$@"
	wait_until 5 has_a_line relay-url
	config_write ".accounts.acct_demo.cloudflare.api = \"http://$(grep -o '127[.]0[.]0[.]1:[0-9]*' relay-url)/client/v4\""
	hsxfs_mount -o deadline=5
	requests_clear
	expect_status 0 ls "$secrets"
	[ "$request" = 1 ] || requests_clear
}

# row OPERATION METHOD FAILURES: the API got it twice, and hsxfs itself saw so many failures.
row()
{
	local failures

	expect_equal "$(requests "$2")" 2 "requests $2"
	failures=$(jq '.accounts[0].cloudflare.failures' "$mnt/.status")
	expect_equal "$failures" "$3" "failures that hsxfs saw"
	expect_equal "$(wc -l <"$mnt/.errors")" 0 "lines in .errors"
	printf '%-24s ok, sent twice, by %s\n' "$1" "$([ "$3" = 0 ] && echo libcurl || echo hsxfs)" >>"$table"
	hsxfs_unmount
	kill "$background"
}

breaks 2 --close-after-request
expect_errno ok write "$secrets/NEW" a-value
expect_equal "$(value_of NEW)" a-value
row 'set, closed' PUT 0

breaks 2 --close-after-request --reset
expect_errno ok write "$secrets/NEW" b-value
expect_equal "$(value_of NEW)" b-value
row 'set, reset' PUT 0

# The second of the two finds the name gone; that is no reason to tell rm that it failed.
breaks 2 --close-after-request
expect_errno ok unlink "$secrets/NEW"
expect_equal "$(value_of NEW || echo none)" none
row 'removal, closed' DELETE 0

breaks 2 --close-after-request --reset
expect_errno ok unlink "$secrets/ONLY_HERE"
expect_equal "$(value_of ONLY_HERE || echo none)" none
row 'removal, reset' DELETE 0

breaks 2 --close-after-request
expect_status 0 ls "$project/staging/secrets"
row 'listing, closed' GET 0

# On a fresh connection libcurl does not repeat; hsxfs does.
breaks 1 --close-after-request
row 'first listing, closed' GET 1

cat "$table"
