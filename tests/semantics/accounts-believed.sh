#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Without a control plane, accounts and projects are those of the configuration, and looking at
#   them asks nobody.
# > What the control plane tells of accounts and projects is believed ten times as long as a listing;
#   one request serves all who look.
# > A project that is told of no more is gone from the listing, unless it is configured.
#
# How often accounts and projects are asked for, and what becomes of one that goes away.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# shellcheck disable=SC2016 # a jq variable
plane_start '.control_plane.accounts.acct_demo.projects |= (. as $all | .["told-crm"] = $all["acme-crm"])'

# Without one.
config_write
hsxfs_mount -o ttl=0
requests_clear
expect_output acct_demo ls -A "$mnt"
expect_output acme-crm ls -A "$mnt/acct_demo"
expect_output $'dev\nproduction\nstaging' ls -A "$project"
expect_output $'flags\ninstalls\nroutes\nsecrets' ls -A "$project/production"
expect_errno 'stat ENOENT' stat "$mnt/acct_other"
expect_errno 'stat ENOENT' stat "$mnt/acct_demo/told-crm"
expect_equal "$(requests)" 0 requests
hsxfs_unmount

# tops: the control plane at the top, and what of the account is configured.
tops()
{
	# shellcheck disable=SC2016 # a jq variable
	config_write '.control_plane = {api: $plane, token: .accounts.acct_demo.cloudflare.token}' \
		--arg plane "$plane"
}

asked()
{
	echo "$(requests GET '*/v0/accounts') $(requests GET '*/projects') $(requests GET '*/routes')"
}

now()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

# Twenty look at once, at both: one request each.
tops
hsxfs_mount -o ttl=0.5
rule '{"method": "GET", "delay_ms": 300, "times": 2}'
began=$(now)
lookers=()
for _ in {1..10}; do
	ls "$mnt" "$mnt/acct_demo" >/dev/null &
	lookers+=("$!")
	stat "$mnt/acct_demo/told-crm" >/dev/null &
	lookers+=("$!")
done
for looker in "${lookers[@]}"; do
	wait "$looker"
done
cat "$mnt/acct_demo/told-crm/production/routes/active" >/dev/null
expect_equal "$(asked)" '1 1 1' "requests for accounts, projects, routes"

# After four times the ttl they are still believed, the routes are not; after ten times no more.
sleep 1.2
expect_output $'acme-crm\ntold-crm' ls -A "$mnt/acct_demo"
expect_output acct_demo ls -A "$mnt"
cat "$mnt/acct_demo/told-crm/production/routes/active" >/dev/null
[ $(($(now) - began)) -lt 4900 ] || fail "this machine is too slow"
expect_equal "$(asked)" '1 1 2' "requests for accounts, projects, routes"
sleep 4
for _ in 1 2; do
	expect_output acct_demo ls -A "$mnt"
	expect_output $'acme-crm\ntold-crm' ls -A "$mnt/acct_demo"
done
expect_equal "$(asked)" '2 2 2' "requests for accounts, projects, routes"
hsxfs_unmount

# Both projects go away; one of them is configured. Both come back.
hsxfs_mount -o ttl=0.02
expect_output $'acme-crm\ntold-crm' ls -A "$mnt/acct_demo"
rule '{"method": "GET", "path": "*/projects", "body": {"items": [], "nextCursor": null}, "times": -1}'
sleep 0.25
expect_output acme-crm ls -A "$mnt/acct_demo"
expect_errno 'stat ENOENT' stat "$mnt/acct_demo/told-crm"
expect_errno 'stat ENOENT' stat "$mnt/acct_demo/told-crm/production/secrets"
expect_errno ok stat "$secrets/STRIPE_KEY"
rules_clear
sleep 0.25
expect_output $'acme-crm\ntold-crm' ls -A "$mnt/acct_demo"
expect_output deploy_acme-crm_007 cat "$mnt/acct_demo/told-crm/production/routes/active"
# An account, too.
rule '{"method": "GET", "path": "*/v0/accounts", "body": {"items": [{"accountId": "acct_new"}]}, "times": -1}'
sleep 0.25
expect_output $'acct_demo\nacct_new' ls -A "$mnt"
rules_clear
sleep 0.25
expect_output acct_demo ls -A "$mnt"
expect_errno 'stat ENOENT' stat "$mnt/acct_new"
hsxfs_unmount
