#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Flags are written through the control plane; straight into Workers KV only with
#   `"flags": {"authoring": "kv"}`.
# > Straight into Workers KV, other members of the value, its metadata and its expiration stay, edits that
#   wait go together, and a key is written once a second at most.
# > Where the listing of Workers KV does not show a key that was read, nothing is written: the write fails with EPROTO.
# > Without a control plane and without that, an open for writing is EROFS.
#
# Where flags are written to.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

id=00112233445566778899aabbccddeeff
# shellcheck disable=SC2016 # a jq variable
plane_start '.limits.kv_writes_per_second = 1 | .accounts[$account].kv = {($id): {title: "own", keys: {
	snapshot: {metadata: {a: [1]}, expiration: 4000000000, value: ({schema: 3, flags: {
		"new-pricing": {state: "enabled", version: 3, updatedAt: "2026-06-01T00:00:00Z", owner: "me"},
		rest: {state: "disabled"}}, z: {y: null}} | tojson)}}}}' --arg account "$account" --arg id "$id"

# with FILTER: mounts with that of production and staging.
with()
{
	plane_config "$@"
	hsxfs_mount
	requests_clear
}

# changes: how many requests changed something, at the control plane and in Workers KV.
changes()
{
	echo "$(($(requests 'P*' '/control-plane/*'))) $(($(requests PUT '*/storage/kv/*')))"
}

stored()
{
	curl -sS -f -m 10 "$admin/state" | jq -cS --arg id "$id" ".accounts[].kv[\$id].keys.snapshot | $1"
}

# Through the control plane, though the place of the snapshot is configured.
# shellcheck disable=SC2016 # a jq variable
own='.accounts.acct_demo.projects["acme-crm"].environments.production.flags_kv = $id'
with "$own" --arg id "$id"
expect_status 0 bash -c "echo disabled >'$flags/new-pricing'; echo enabled >'$flags/brand-new'"
expect_status 0 rm "$flags/new-pricing"
expect_equal "$(changes)" '3 0' changes
expect_equal "$(stored '.value | fromjson | .flags | keys')" '["new-pricing","rest"]'
hsxfs_unmount

# Without a control plane, and without the word, nowhere.
with "$own | del(.accounts.acct_demo.control_plane)
	| del(.accounts.acct_demo.projects[\"acme-crm\"].environments.production.allow_promote)" --arg id "$id"
expect_output enabled jq -r .state "$flags/new-pricing"
for name in new-pricing brand-new .new-pricing.swp; do
	expect_errno 'open EROFS' write "$flags/$name" disabled
done
last_error 'no control plane is configured'
expect_errno 'unlink EROFS' unlink "$flags/new-pricing"
expect_failure bash -c "echo disabled >'$flags/new-pricing'"
has_message errors 'Read-only file system'
expect_equal "$(changes)" '0 0' changes
hsxfs_unmount

# Straight into Workers KV, where the word is said. What else the value holds stays.
with "$own | .accounts.acct_demo.projects[\"acme-crm\"].environments.production.flags = {authoring: \"kv\"}" \
	--arg id "$id"

# lists TIMES KEYS CURSOR: a page of keys.
lists()
{
	rule "$(jq -nc --argjson times "$1" --argjson keys "$2" --arg cursor "$3" '{method: "GET", path: "*/keys",
		times: $times, body: {success: true, errors: [], messages: [], result: $keys, result_info: {cursor: $cursor}}}')"
}

# What a write would take from the key is not known: it is not listed, even on the next page.
lists 1 '[]' second
lists -1 '[]' ''
expect_errno 'write EPROTO' write "$flags/new-pricing" disabled
last_error 'does not list the key .snapshot.'
expect_equal "$(requests GET '*/keys')" 2 'the pages asked for'
expect_equal "$(changes)" '0 0' changes
rules_clear
requests_clear

# It is on the second page, the first being empty.
lists 1 '[]' second
lists 1 '[{"name": "snapshot", "expiration": 4000000000, "metadata": {"a": [1]}}]' ''
expect_status 0 bash -c "echo disabled >'$flags/new-pricing'"
expect_equal "$(requests GET '*/keys')" 2 'the pages asked for'
expect_output '["disabled","me"]' jq -c '[.state, .owner]' "$flags/new-pricing"
expect_equal "$(changes)" '0 1' changes
expect_equal "$(stored '[.metadata, .expiration, (.value | fromjson
	| [.schema, .z, .flags.rest, (.flags["new-pricing"] | [.state, .version, .owner])])]')" \
	'[{"a":[1]},4000000000,[3,{"y":null},{"state":"disabled"},["disabled",4,"me"]]]'

# What was written here a moment ago is known all the same.
lists -1 '[]' ''
expect_status 0 bash -c "echo '{\"state\": \"enabled\", \"owner\": \"you\"}' >'$flags/new-pricing'"
expect_equal "$(stored '.value | fromjson | .flags["new-pricing"] | [.state, .version, .owner]')" \
	'["enabled",5,"you"]'
expect_equal "$(stored '[.metadata, .expiration]')" '[{"a":[1]},4000000000]'
rules_clear

# Many at once: together, and none too soon.
requests_clear
writers=()
for number in {1..20}; do
	(echo enabled >"$flags/many-$number") &
	writers+=($!)
done
for writer in "${writers[@]}"; do
	wait "$writer" || fail "a writer failed: $(tail -n 1 "$mnt/.errors")"
done
writes=$(requests PUT '*/storage/kv/*')
[ "$writes" -le 10 ] || fail "$writes writes for 20 edits"
expect_equal "$(stored '.value | fromjson | .flags | length')" 22 'flags stored'
expect_status 0 rm "$flags/many-1"
expect_equal "$(stored '[.value | fromjson | .flags["many-1"].state, .flags["new-pricing"].state]')" \
	'["archived","enabled"]'
expect_equal "$(stored '[.metadata, .expiration]')" '[{"a":[1]},4000000000]'
curl -sS -f -m 10 "$admin/requests?method=PUT" >writes
expect_equal "$(jq '[.[] | select(.status == 429)] | length' writes)" 0 'writes that came too soon'
expect_equal "$(jq '[range(1; length) as $i | .[$i].time_ms - .[$i - 1].time_ms | select(. < 990)] | length' writes)" 0 \
	'pauses of less than a second'
expect_equal "$(requests 'P*' '/control-plane/*')" 0 'changes at the control plane'

# The next mount finds what was written.
cp -r "$flags" before
hsxfs_unmount
hsxfs_mount
expect_status 0 diff -r before "$flags"
hsxfs_unmount
