#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
# NEVER-SKIP
#
# Flags over Workers KV as Cloudflare's own simulator keeps it: hsxfs reads what is there, a write is
# what a Worker sees next, with the metadata and the expiration that the key had.

# shellcheck source=tests/lib/common.sh
. "$HSXFS_TESTS/lib/common.sh"
# shellcheck source=tests/lib/miniflare.sh
. "$HSXFS_TESTS/lib/miniflare.sh"

one=00112233445566778899aabbccddeeff
many=ffeeddccbbaa99887766554433221100
expiration=4000000000

miniflare_start "$one" "$many"

# stored FILTER: of the snapshot, as a Worker sees it.
stored()
{
	kv_stored "$one" snapshot ".snapshot | $1"
}

# The snapshot's value is JSON text.
flag()
{
	stored ".value | fromjson | .flags[\"$1\"] | $2"
}

jq -n --argjson expiration "$expiration" '[{key: "snapshot", expiration: $expiration,
	metadata: {owner: "crm"}, value: ({site: "eu", flags: {
		"new-pricing": {key: "new-pricing", state: "enabled", type: "boolean", version: 3,
			variations: {on: true, off: false}, defaultVariation: "off", colour: "blue"},
		"old-menu": {key: "old-menu", state: "disabled", version: 1}}} | tojson)}]' | kv_put "$one"
jq -n '[range(2500) | "flag-\(. + 10001)" | {key: ., value: ({key: ., state: "enabled"} | tojson)}]' |
	kv_put "$many"
requests_clear

# shellcheck disable=SC2016 # jq's variables
config_write '.accounts.acct_demo.projects["acme-crm"].environments |= (
	.production += {flags_kv: $one, flags_key: "snapshot", flags: {authoring: "kv"}} |
	.staging += {flags_kv: $many})' --arg one "$one" --arg many "$many"
hsxfs_mount
flags=$project/production/flags

# Reading: one request for the snapshot.
expect_output $'new-pricing\nold-menu' ls "$flags"
expect_equal "$(jq -r '"\(.state) \(.colour)"' "$flags/new-pricing")" 'enabled blue' 'a flag'
expect_equal "$(requests)" 1 'the requests for a snapshot'
expect_equal "$(requests GET '*/values/snapshot')" 1 'the reads of the snapshot'

# Writing keeps what else is there, and what belongs to the key.
expect_status 0 bash -c "echo disabled >'$flags/new-pricing'"
expect_equal "$(flag new-pricing '"\(.state) \(.version) \(.colour)"')" 'disabled 4 blue' \
	'the flag that a Worker sees'
expect_equal "$(flag old-menu .state)" disabled 'the other flag'
expect_equal "$(stored '.value | fromjson | .site')" eu 'another member of the snapshot'
expect_equal "$(stored '"\(.metadata.owner) \(.expiration)"')" "crm $expiration" \
	"the key's metadata and expiration"
expect_equal "$(requests PUT '*/bulk')" 1 'the writes'
expect_equal "$(jq -r .state "$flags/new-pricing")" disabled 'what is read back at once'

# A key is written once a second, however fast one writes.
for state in enabled disabled enabled; do
	expect_status 0 bash -c "echo $state >'$flags/old-menu'"
	expect_equal "$(flag old-menu .state)" "$state" 'the flag that a Worker sees'
done
expect_equal "$(curl -sS -f -m 10 "$admin/requests?method=PUT" | jq 'length as $count |
	[range(1; $count) as $i | .[$i].time_ms - .[$i - 1].answered_ms | select(. < 990)] | length')" \
	0 'the writes of a key that came within a second'
expect_equal "$(stored '"\(.metadata.owner) \(.expiration)"')" "crm $expiration" \
	"the key's metadata and expiration"

# A new one, and one that goes.
expect_status 0 bash -c "echo '{\"state\": \"enabled\", \"type\": \"boolean\"}' >'$flags/beta'"
expect_equal "$(flag beta .state)" enabled 'the new flag'
expect_status 0 rm "$flags/beta"
expect_equal "$(flag beta .state)" archived 'the flag that was removed'

# Every key a flag: three pages, and a bulk read for a hundred.
requests_clear
expect_status 0 ls "$project/staging/flags"
expect_equal "$(wc -l <output)" 2500 'the flags of three pages'
expect_equal "$(requests GET '*/keys')" 3 'the pages'
expect_equal "$(requests POST '*/bulk/get')" 25 'the bulk reads'
expect_equal "$(jq -r .state "$project/staging/flags/flag-12500")" enabled 'the last flag'
expect_equal "$(requests)" 28 'the requests in all'

expect_equal "$(cat "$mnt/.errors")" '' '.errors'
hsxfs_unmount
