#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 400
#
# A hundred thousand installed portals: the first names at once, all of them in bounded memory, also
# while a second hundred thousand takes the place of the first, and no file costs a request.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# The sanitizers keep what was freed, and shadow what is there: no memory is measured, so fewer will do.
measured=yes
count=100000
if grep -qF __asan_init "$HSXFS_BUILD/hsxfs"; then
	measured=
	count=20000
fi
plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments.production =
	{generate_installs: {count: '$count', first: 1000001, reauth_every: 10}}'
plane_config

# memory FIELD: of the daemon, in KiB.
memory()
{
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$daemon/status"
}

# grown_little WHEN: by less than 64 MiB since the mount, at any time.
grown_little()
{
	local now peak

	now=$(($(memory VmRSS) - before))
	peak=$(($(memory VmHWM) - before))
	echo "memory after $1: $((now / 1024)) MiB more, $((peak / 1024)) MiB at the most"
	[ -z "$measured" ] || [ "$peak" -lt 65536 ] || fail "$peak KiB more memory after $1"
}

# The first name costs the list of projects, and a page or two.
hsxfs_mount -o ttl=600
before=$(memory VmRSS)
expect_output 1000001 bash -c 'ls -U "$1" 2>/dev/null | head -n 1' . "$installs"
sleep 0.5
[ "$(requests)" -lt 5 ] || fail "$(requests) requests for the first name"

# All names, and their states, cost a page for each thousand.
expect_output "$count" bash -c 'ls "$1" | wc -l' . "$installs"
[ "$(requests)" -le $((count / 1000 + 1)) ] || fail "$(requests) requests for all names"
grown_little 'the listing'
requests_clear
expect_output $((count / 10)) bash -c 'grep -rl reauth_required "$1" | wc -l' . "$installs"
expect_equal "$(requests)" 0 'requests of grep -rl'
grown_little 'grep -rl'
hsxfs_unmount

# Past the ttl everything is read anew, and what was is given back.
hsxfs_mount -o ttl=5
before=$(memory VmRSS)
peaks=()
for round in first second third; do
	requests_clear
	expect_output "$count" bash -c 'ls -U "$1" | wc -l' . "$installs"
	[ "$(requests GET '*/installs')" = $((count / 1000)) ] ||
		fail "$(requests GET '*/installs') pages in the $round round"
	grown_little "the $round round"
	peaks+=("$(memory VmHWM)")
	sleep 5.1
done
[ -z "$measured" ] || [ $((peaks[2] - peaks[1])) -lt 8192 ] || fail "it grows with each round: ${peaks[*]}"
hsxfs_unmount
