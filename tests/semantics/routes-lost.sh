#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A promotion or rollback is sent once, on a connection of its own. If its answer is lost, the
#   routes are read: where they have the deploy the write succeeds, otherwise it fails, and
#   `.errors` says which; after `deadline` nobody can be asked, and `.errors` says that the outcome is
#   unknown.
# > A line of `.errors` that has no errno tells of a good end: of a promotion whose answer was lost, and that was done.
#
# The connection is closed after the request, in front of the control plane and by itself. libcurl
# would send it again by itself on a connection that was used before.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# mount_through [RELAY-ARGUMENT...]: a fresh seed, and a mount whose kept connection has been used.
mount_through()
{
	plane_start
	plane_relay "$@"
	plane_config
	hsxfs_mount -o deadline=1
	cat "$routes/active" "$routes/.deploys" >/dev/null
	requests_clear
}

unmount()
{
	hsxfs_unmount
	kill "$relay"
}

# sent COUNT: one request that changes something, alone on its connection, and so many granted.
sent()
{
	curl -sS -f "$admin/requests" >requests
	expect_equal "$(jq '[.[] | select(.method != "GET")] | length' requests)" 1 "requests that change"
	expect_equal "$(jq '(.[] | select(.method != "GET").connection) as $own
		| [.[] | select(.connection == $own)] | length' requests)" 1 "requests on its connection"
	expect_equal "$(jq '[.[] | select(.path | endswith("/routes"))] | length > 1' requests)" true \
		"the routes were read again"
	expect_equal "$(plane_state '.history | length')" "$1" "what was granted"
}

# lost_but_done DEPLOY, lost DEPLOY ERRNO PATTERN: the write, and what .errors says of it.
lost_but_done()
{
	expect_errno ok write "$routes/active" "$1"$'\n'
	last_error "\"path\":\"/acct_demo/acme-crm/production/routes/active\",\"message\":.*lost, but it was done: $1"
	sent 1
	expect_output "$1" cat "$routes/active"
}

lost()
{
	expect_errno "write $2" write "$routes/active" "$1"$'\n'
	last_error "\"path\":\"/acct_demo/acme-crm/production/routes/active\",\"errno\":\"$2\".*$3"
}

# Done, and cut: by a close or a reset, on a promotion (010) or a rollback (006).
for fault in '' --reset; do
	for deploy in deploy_acme-crm_010 deploy_acme-crm_006; do
		# shellcheck disable=SC2086 # none, or one
		mount_through --method POST --times 1 --close-after-request $fault
		lost_but_done "$deploy"
		unmount
	done
done

# Not done: the control plane had it whole, and closed.
for deploy in deploy_acme-crm_010 deploy_acme-crm_006; do
	mount_through
	rule '{"method": "POST", "close": true, "times": -1}'
	lost "$deploy" ECONNREFUSED 'lost, and it was not done'
	sent 0
	expect_output deploy_acme-crm_007 cat "$routes/active"
	unmount
done

# An answer that is not the control plane's leaves it as open as none.
mount_through
rule '{"method": "POST", "status": 502, "raw": "<html>", "headers": {"Content-Type": "text/html"}, "apply": true}'
lost_but_done deploy_acme-crm_010
rules_clear
requests_clear
rule '{"method": "POST", "status": 502, "raw": "<html>", "headers": {"Content-Type": "text/html"}}'
lost deploy_acme-crm_007 EIO 'lost, and it was not done'
unmount

# Cut off while it is still at work: the first look comes too early.
mount_through
rule '{"method": "POST", "close": true}'
(sleep 0.6 && curl -sS -f -X POST -H 'Content-Type: application/json' -H "Authorization: Bearer $token" \
	-d '{"environment": "production"}' -o /dev/null \
	"$plane/v0/accounts/acct_demo/projects/acme-crm/deploys/deploy_acme-crm_010/promote") &
expect_errno ok write "$routes/active" $'deploy_acme-crm_010\n'
last_error 'lost, but it was done'
wait $!
unmount

# No answer until the deadline, of this and of what is asked then: nobody knows.
mount_through --method POST --stall-after 0
lost deploy_acme-crm_010 ETIMEDOUT 'outcome unknown'
expect_equal "$(requests POST)" 1 "requests that change"
unmount
