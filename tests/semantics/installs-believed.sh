#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > What came in pages is believed for a second at least, and for as long as the pages took, also with
#   `-o ttl=0`: to look at each of 5,000 files costs their pages now and then, not once a file.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments.production =
	{generate_installs: {count: 5000, first: 1000001, reauth_every: 10}}'
plane_config
hsxfs_mount -o ttl=0
pages='*/production/installs'

# costs_pages COMMAND...: its five pages at first, and no more than once for each second that it takes.
costs_pages()
{
	local started=$SECONDS asked

	requests_clear
	expect_status 0 "$@"
	asked=$(requests GET "$pages")
	echo "$asked requests in $((SECONDS - started)) s: $1"
	[ "$asked" -le $((5 * (SECONDS - started + 2))) ] || fail "$asked requests: $1"
}

costs_pages ls -l "$installs"
expect_equal "$(wc -l <output)" 5001 'lines of ls -l'
costs_pages grep -rl reauth_required "$installs"
expect_equal "$(wc -l <output)" 500 'lines of grep -rl'
costs_pages find "$installs" -type f -newermt 2020-01-01
expect_equal "$(wc -l <output)" 5000 'lines of find'
costs_pages cat "$installs/1004999"
hsxfs_unmount

# only PORTAL MILLISECONDS: is told from now on, on the second of two pages that take so long each.
only()
{
	rules_clear
	for _ in 1 2 3; do
		rule "{\"path\": \"$pages\", \"delay_ms\": $2, \"body\": {\"items\": [{\"portalId\": \"1\"}], \"nextCursor\": \"2\"}}"
		rule "{\"path\": \"$pages\", \"delay_ms\": $2, \"body\": {\"items\": [{\"portalId\": \"$1\"}], \"nextCursor\": null}}"
	done
}

# Within a second nobody asks again: said of a look that was over in time.
believes()
{
	local started

	for _ in {1..20}; do
		sleep 1.2
		ls "$installs" >/dev/null
		requests_clear
		started=${EPOCHREALTIME/./}
		ls -l "$installs" >/dev/null
		[ $((${EPOCHREALTIME/./} - started)) -gt 700000 ] || break
	done
	expect_equal "$(requests GET "$pages")" 0 'requests at once after another look'
}

# A second later a change is seen; later, where the pages took longer.
hsxfs_mount -o ttl=0
rule "{\"path\": \"$pages\", \"times\": -1, \"body\": {\"items\": [{\"portalId\": \"1\"}], \"nextCursor\": null}}"
believes
sleep 1.2
only 2 0
expect_output $'1\n2' ls "$installs"
only 3 0
sleep 1.2
expect_output $'1\n3' ls "$installs"
only 4 3000
sleep 1.2
expect_output $'1\n4' ls "$installs"
only 5 0
requests_clear
sleep 1.5
expect_errno ok stat "$installs/4"
expect_equal "$(requests GET "$pages")" 0 'requests 1.5 s after pages that took 6 s'
sleep 5
expect_errno 'stat ENOENT' stat "$installs/4"
expect_errno ok stat "$installs/5"
hsxfs_unmount
