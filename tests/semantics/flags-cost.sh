#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > With a `flags_key` the snapshot costs one request; without it, one listing for 1,000 keys and one
#   read for 100 keys; and the account's namespaces are listed once to find its id, unless `flags_kv`
#   names it.
# > The snapshot's namespace is the one whose title is exactly
#   `hsx-<account>-<project>-<environment>-<app>-flags`; where none has it, `flags/` is empty and
#   `.errors` says so; several are ENOTUNIQ.
# > A project with several apps and no `app_id` is ENOTUNIQ: nobody can say whose flags are meant.
# > | open of a flag, a route or an install for reading | what is known, else after it was asked for |
#
# Where flags are read from, and what that costs.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

id=00112233445566778899aabbccddeeff
# shellcheck disable=SC2016 # a jq variable
plane_seed '.accounts[$account].kv = ({
		($id): {title: "many", generate: {prefix: "flag", first: 1, count: 1150}},
		"1": {title: "hsx-acct-demo-acme-crm-production-123456-flags-old", keys: {snapshot: "{}"}},
		"2": {title: "x-hsx-acct-demo-acme-crm-production-123456-flags", keys: {snapshot: "{}"}},
		"3": {title: "hsx-acct-demo-acme-crm-production-123456-flag", keys: {snapshot: "{}"}},
		"4": {title: "hsx-acct-demo-near-production-1-flags-", keys: {snapshot: "near"}},
		"5": {title: "HSX-acct-demo-near-production-1-flags", keys: {snapshot: "near"}},
		"6": {title: "hsx-acct-demo-twice-production-1-flags", keys: {snapshot: "{}"}},
		"7": {title: "hsx-acct-demo-twice-production-1-flags", keys: {snapshot: "{}"}}}
		| with_entries(if .key | length == 1 then .key *= 32 else . end))
	| .control_plane.accounts.acct_demo.projects.two = {apps: ["1", "2"], environments: {production: {
		apps: {"1": {flags: {one: {}}}, "2": {flags: {two: {}}}}}}}' --arg account "$account" --arg id "$id" >seed.json
emulator_start seed.json
plane=${api%/client/v4}/control-plane
# shellcheck disable=SC2016 # a jq variable
plane_config '.accounts.acct_demo.projects += {
	near: {app_id: "1"}, twice: {app_id: "1"}, many: {app_id: "1", environments: {
		production: {flags_kv: $id}, staging: {flags_kv: $id, flags_key: "flag7"}}}}' --arg id "$id"
hsxfs_mount -o ttl=60

# kv_requests: the requests about flags, how often each.
kv_requests()
{
	curl -sS -f -m 10 -G --data-urlencode 'path=*/storage/kv/*' "$admin/requests" |
		jq -r '[.[] | .method + " " + (.path | split("/")[9] // "namespaces")] | group_by(.)
			| map("\(length) \(.[0])") | join(", ")'
}

expect_status 0 cat "$mnt/acct_demo/many/staging/flags/flag7"
expect_equal "$(kv_requests)" '1 GET values' 'with flags_kv and flags_key'
requests_clear
expect_equal "$(find "$mnt/acct_demo/many/production/flags" -type f | wc -l)" 1150 flags
expect_status 0 grep -rqx flag7 "$mnt/acct_demo/many/production/flags"
expect_equal "$(kv_requests)" '2 GET keys, 12 POST bulk' 'with flags_kv alone'

# By title: the list of namespaces once, then the snapshot; and both are known from then on.
requests_clear
expect_status 0 cat "$flags/new-pricing"
expect_equal "$(requests GET '*/storage/kv/namespaces')" 1 'listings of namespaces'
expect_equal "$(requests GET '*/values/snapshot')" 1 snapshots
expect_status 0 cat "$project/staging/flags/new-pricing" "$flags/new-checkout"
expect_status 0 ls -l "$flags"
expect_equal "$(requests GET '*/storage/kv/namespaces')" 1 'listings of namespaces for two environments'
expect_equal "$(requests GET '*/storage/kv/*')" 3 'requests for two environments'
requests_clear
expect_status 0 cat "$flags/new-pricing" "$flags/new-checkout"
expect_status 1 cat "$flags/absent"
expect_equal "$(requests)" 0 'requests for what is known'

# None has the title, but some come near.
near=$mnt/acct_demo/near/production/flags
expect_output '' ls -A "$near"
last_error 'there is no KV namespace .hsx-acct-demo-near-production-1-flags'
has_message last '"path":"/acct_demo/near/production/flags"'
expect_output "there is no KV namespace \`hsx-acct-demo-near-production-1-flags'" \
	getfattr --only-values -n user.hsxfs.reason "$near"
expect_status 1 cat "$near/snapshot"
has_message errors 'No such file'

# Two have it; two apps.
for name in twice two; do
	place=$mnt/acct_demo/$name/production/flags
	expect_errno 'listdir ENOTUNIQ' listdir "$place"
	expect_errno 'read ENOTUNIQ' read "$place/one"
	requests_clear
	expect_errno 'open ENOTUNIQ' write "$place/one" enabled
	expect_equal "$(requests 'P*')" 0 'changes sent'
done
has_message "$mnt/.errors" 'hsx-acct-demo-twice-production-1-flags.*flags_kv'
has_message "$mnt/.errors" 'the project has 2 apps.*app_id'
hsxfs_unmount

plane_config '.accounts.acct_demo.projects.two = {app_id: "2"}'
hsxfs_mount
expect_output two ls "$mnt/acct_demo/two/production/flags"
hsxfs_unmount
