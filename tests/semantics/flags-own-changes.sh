#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > What was written is read at once, by everybody on the mount, until the snapshot has it, for at most
#   five minutes.
# > Workers KV is eventually consistent: what another place writes may be seen here 60 s later or more, a
#   removal too.
#
# What this mount has written and the snapshot does not have yet. That it is shown for five minutes at
# most is in flags-five-minutes.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

sync()
{
	curl -sS -f -m 10 -X POST -d "{\"sync\": $1}" "$admin/control-plane" >/dev/null
}

# elsewhere FLAG STATE: somebody else changes it at the control plane.
elsewhere()
{
	curl -sS -f -m 10 -X PATCH -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		-d "{\"state\": \"$2\"}" \
		"$plane/v0/accounts/acct_demo/projects/acme-crm/environments/production/apps/123456/flags/$1" >/dev/null
}

# reads FLAG STATE: for this process, for another session, in the size, the attribute and the listing.
reads()
{
	expect_output "$2" jq -r .state "$flags/$1"
	expect_output "$2" setsid -w jq -r .state "$flags/$1"
	expect_output "$2" getfattr --only-values -n user.hsxfs.state "$flags/$1"
	expect_equal "$(stat -c %s "$flags/$1")" "$(wc -c < <(cat "$flags/$1"))" "the size of $1"
	expect_output "$flags/$1" find "$flags" -name "$1"
}

gone()
{
	expect_errno 'read ENOENT' read "$flags/$1"
	expect_errno 'stat ENOENT' stat "$flags/$1"
	expect_output '' find "$flags" -name "$1"
}

plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments.production.flags += {
	other: {}, away: {}}'
plane_config
hsxfs_mount -o ttl=1
ls "$flags" >/dev/null
sync false

expect_status 0 bash -c "echo disabled >'$flags/new-pricing'"
expect_status 0 bash -c "echo '{\"state\": \"enabled\", \"type\": \"number\"}' >'$flags/new-checkout'"
expect_status 0 bash -c "echo enabled >'$flags/brand-new'"
expect_status 0 rm "$flags/away"
all()
{
	reads new-pricing disabled
	reads new-checkout enabled
	expect_output number jq -r .type "$flags/new-checkout"
	reads brand-new enabled
	gone away
}
all

# Also when the snapshot was read again, which has none of it.
for again in ttl SIGHUP; do
	requests_clear
	if [ "$again" = ttl ]; then
		sleep 1.2
	else
		kill -HUP "$daemon"
	fi
	all
	expect_equal "$(($(requests GET '*/values/snapshot') > 0))" 1 "the snapshot was read after $again"
	curl -sS -f -m 10 "$admin/state" | jq -e '[.accounts[].kv[].keys.snapshot?.value // "{}" | fromjson
		| .flags["brand-new"]? // empty] | length == 0' >/dev/null || fail 'the snapshot has it'
done

hsxfs_unmount

# A change over one that the snapshot lacks, in a mount that reads it again for every look.
sync true
sync false
hsxfs_mount -o ttl=0
expect_status 0 bash -c "echo disabled >'$flags/new-pricing'; echo enabled >'$flags/brand-new'"
expect_status 0 bash -c "echo enabled >'$flags/new-pricing'; echo disabled >'$flags/brand-new'"
expect_status 0 rm "$flags/new-checkout"
reads new-pricing enabled
reads brand-new disabled
gone new-checkout

# What another place changes is seen when the snapshot has it, and no sooner.
elsewhere other disabled
elsewhere away enabled
reads other enabled
gone away
sync true
reads other disabled
reads away enabled
reads new-pricing enabled
reads brand-new disabled
gone new-checkout

# From then on the snapshot is believed: what another place does next is seen, a removal too.
elsewhere new-pricing disabled
elsewhere brand-new archived
sync false
elsewhere other archived
reads new-pricing disabled
gone brand-new
reads other disabled
sync true
gone other
hsxfs_unmount
