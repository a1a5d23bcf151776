#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Where two projects with one app have that title, one that is only told of has none of its flags,
#   and of two that are configured, or told of, neither: ENOTUNIQ, and `.errors` says who; `flags_kv`
#   settles it.
#
# Projects whose names make the same slug.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start

# tells [--paged] PROJECT...: the control plane, one request for all, or one for each.
tells()
{
	local items

	rules_clear
	if [ "$1" = --paged ]; then
		shift
		while [ $# -gt 1 ]; do
			items=$(jq -cn --arg id "$1" '[{projectId: $id, workers: [], apps: ["123456"]}]')
			rule "{\"path\": \"*/acct_demo/projects\", \"body\": {\"items\": $items, \"nextCursor\": \"$1\"}}"
			shift
		done
	fi
	items=$(jq -cn '$ARGS.positional | map({projectId: ., workers: [], apps: ["123456"]})' --args "$@")
	rule "{\"path\": \"*/acct_demo/projects\", \"times\": -1, \"body\": {\"items\": $items, \"nextCursor\": null}}"
}

# is_ambiguous PROJECT OTHER: nothing of its flags is shown or taken, and it is said whose they may be.
is_ambiguous()
{
	local directory=$mnt/acct_demo/$1/production/flags

	expect_errno 'listdir ENOTUNIQ' listdir "$directory"
	last_error "\"path\":\"/acct_demo/$1/production/flags\".*acct_demo/$2 has the same names"
	expect_errno 'stat ENOTUNIQ' stat "$directory/new-pricing"
	expect_failure cat "$directory/new-pricing"
	expect_failure bash -c "echo disabled >'$directory/new-pricing'"
}

shown=$'new-checkout\nnew-pricing'

# One is configured, whichever is looked at first and on whatever page the other is told.
plane_config 'del(.accounts.acct_demo.projects["acme-crm"].environments.production.flags_key)'
tells --paged ACME.CRM acme-crm
hsxfs_mount
is_ambiguous ACME.CRM acme-crm
expect_output "$shown" ls "$flags"
expect_equal "$(requests GET '*/storage/kv/namespaces')" 1 'listings of namespaces'
hsxfs_unmount

# Neither is: the one on the first page waits for the others.
plane_config 'del(.accounts.acct_demo.projects) | .accounts.acct_demo.projects = {}'
tells --paged acme-crm other ACME.CRM
hsxfs_mount
is_ambiguous acme-crm ACME.CRM
is_ambiguous ACME.CRM acme-crm
hsxfs_unmount

# While the others are not known, it has none.
hsxfs_mount -o ttl=0
rules_clear
for _ in 1 2 3; do
	rule '{"path": "*/acct_demo/projects", "body": {"items": [{"projectId": "acme-crm", "apps": ["123456"]}],
		"nextCursor": "2"}}'
	rule '{"path": "*/acct_demo/projects", "status": 403}'
done
rule '{"path": "*/acct_demo/projects", "times": -1, "status": 403}'
expect_errno 'listdir EPERM' listdir "$flags"
hsxfs_unmount

# One comes later: what was shown is shown no more; and goes again.
tells acme-crm
hsxfs_mount -o ttl=0
expect_output "$shown" ls "$flags"
tells acme-crm ACME.CRM
ls "$mnt/acct_demo" >/dev/null
is_ambiguous acme-crm ACME.CRM
tells acme-crm
ls "$mnt/acct_demo" >/dev/null
expect_output "$shown" ls "$flags"
hsxfs_unmount

# Another app's namespace has another name.
tells acme-crm
rules_clear
rule '{"path": "*/acct_demo/projects", "times": -1, "body": {"items": [{"projectId": "acme-crm", "apps": ["123456"]},
	{"projectId": "ACME.CRM", "apps": ["1234567"]}], "nextCursor": null}}'
hsxfs_mount
expect_output "$shown" ls "$flags"
expect_output '' ls "$mnt/acct_demo/ACME.CRM/production/flags"
hsxfs_unmount
rules_clear

# Both are configured: neither has it by its name, and the one that names it has it.
plane_config '.accounts.acct_demo.projects |= {"acme-crm": {app_id: "123456"}, "ACME.CRM": {app_id: "123456"}}'
hsxfs_mount
is_ambiguous acme-crm ACME.CRM
is_ambiguous ACME.CRM acme-crm
hsxfs_unmount
namespace=$(curl -sS -f "$admin/state" | jq -r '.accounts[].kv | to_entries[]
	| select(.value.title == "hsx-acct-demo-acme-crm-production-123456-flags") | .key')
plane_config '.accounts.acct_demo.projects |= {"acme-crm": {app_id: "123456"}, "ACME.CRM": {app_id: "123456",
	environments: {production: {flags_kv: $namespace}}}}' --arg namespace "$namespace"
hsxfs_mount
expect_output "$shown" ls "$mnt/acct_demo/ACME.CRM/production/flags"
is_ambiguous acme-crm ACME.CRM
hsxfs_unmount

# Nor without a control plane, by the key names of the install store.
config_write '.accounts.acct_demo.projects |= {"acme-crm": {app_id: "123456"}, "ACME.CRM": {app_id: "123456"}}'
hsxfs_mount
expect_errno 'listdir ENOTUNIQ' listdir "$mnt/acct_demo/ACME.CRM/production/installs"
last_error 'acct_demo/acme-crm has the same names'
hsxfs_unmount
