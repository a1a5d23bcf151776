#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A project that is told with other Workers than at first refuses writes in production's `secrets/`
#   with EROFS, until it is told as before or mounted anew.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# tell WORKERS: what the control plane tells of the project from now on.
tell()
{
	rules_clear
	rule "$(jq -n --argjson workers "$1" '{method: "GET", path: "*/projects", times: -1, body:
		{nextCursor: null, items: [{projectId: "acme-crm", linked: true, workers: $workers,
			apps: [{hubSpotAppId: "123456"}]}]}}')"
	kill -HUP "$daemon"
	sleep 0.2
	ls "$mnt/acct_demo" >/dev/null
}

plane_start
plane_config 'del(.accounts.acct_demo.projects)'
hsxfs_mount
expect_status 0 bash -c "echo told-first >'$secrets/FIRST'"
expect_equal "$(value_of FIRST)" told-first 'the Worker that was told first'

tell '["deals", "mail"]'
requests_clear
expect_errno 'open EROFS' write "$secrets/SECOND" value
expect_errno 'unlink EROFS' unlink "$secrets/FIRST"
expect_equal "$(requests PUT) $(requests DELETE)" '0 0' 'changes that were sent'
has_message "$mnt/.errors" 'other Workers than when it was mounted'
expect_status 0 ls "$secrets"

tell '["deals"]'
expect_status 0 bash -c "echo told-again >'$secrets/FIRST'"
expect_equal "$(value_of FIRST)" told-again 'the Worker that is told as before'
hsxfs_unmount
