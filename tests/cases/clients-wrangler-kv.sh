#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
# NEVER-SKIP
# PLAIN-ONLY: wrangler and the emulator alone, no hsxfs
#
# The emulator's Workers KV is held to the real protocol: wrangler, unchanged, gets its work done.

# shellcheck source=tests/lib/common.sh
. "$HSXFS_TESTS/lib/common.sh"

namespace=00112233445566778899aabbccddeeff
title=hsx-acct-demo-acme-crm-production-123456-flags

default_seed | jq --arg id "$namespace" --arg title "$title" '
	.accounts[].kv[$id] = {title: $title,
		keys: {snapshot: "{\"flags\":{}}", old: {value: "gone", expiration: 1000}},
		generate: {prefix: "install:", first: 1000001, count: 2500}}' >seed.json
emulator_start seed.json
export CLOUDFLARE_API_BASE_URL=$api CLOUDFLARE_API_TOKEN=$token CLOUDFLARE_ACCOUNT_ID=$account

# wrangler ARGUMENT...: with the files output and errors, as a case's commands have.
wrangler()
{
	local status=0

	"$HSXFS_TESTS/clients/wrangler.sh" "$@" >output 2>errors || status=$?
	[ "$status" != 77 ] || skip "$(sed -n 's/^skipped: //p' output)"
	return "$status"
}

works()
{
	wrangler "$@" || fail "wrangler $* ended with $?: $(tail -n 20 output errors)"
}

is_refused()
{
	if wrangler "$@"; then
		fail "wrangler $* was good enough"
	fi
}

# key works ARGUMENT..., or key is_refused ARGUMENT...
key()
{
	"$1" kv key "${@:2}" --namespace-id "$namespace" --remote
}

bulk()
{
	works kv bulk "$@" --namespace-id "$namespace" --remote
}

# stored KEY [FILTER]: what the emulator holds.
stored()
{
	curl -sS -f -m 10 "$admin/state" | jq -cr --arg a "$account" --arg n "$namespace" \
		--arg k "$1" ".accounts[\$a].kv[\$n].keys[\$k] | ${2:-.}"
}

works kv namespace list
expect_equal "$(jq -r '.[] | "\(.id) \(.title)"' output)" "$namespace $title" 'the namespaces'
works kv namespace create another
expect_equal "$(curl -sS -f -m 10 "$admin/state" |
	jq -r '[.accounts[].kv[]?.title] | sort | join(" ")')" "another $title" 'the titles'
is_refused kv namespace create another
has_message errors '10014|already exists'

# One by one, with odd keys.
later=$(($(date +%s) + 3600))
key works put 'a/b c%3F ü' 'the "value"' --metadata '{"owner": "crm"}' --expiration "$later"
expect_equal "$(stored 'a/b c%3F ü')" \
	"{\"value\":\"the \\\"value\\\"\",\"metadata\":{\"owner\":\"crm\"},\"expiration\":$later}" \
	'the pair that wrangler put'
key works get 'a/b c%3F ü' --text
expect_equal "$(cat output)" 'the "value"' 'the value that wrangler got'
key works list --prefix 'a/b c'
expect_equal "$(jq -c . output)" \
	"[{\"name\":\"a/b c%3F ü\",\"expiration\":$later,\"metadata\":{\"owner\":\"crm\"}}]" \
	'the keys with that prefix'
key works put plain 'no metadata'
expect_equal "$(stored plain)" '{"value":"no metadata"}' 'a plain pair'
key works put plain 'other' --ttl 60
expect_equal "$(stored plain .value)" other 'the value in place of another'
expect_equal "$(stored plain .metadata)" null 'its metadata'
key works delete plain
expect_equal "$(stored plain)" null 'a key that was deleted'

# Bytes that are no text.
head -c 3000 /dev/urandom >bytes
key works put binary --path bytes
key works get binary
cmp output bytes || fail 'bytes came back changed'

# What is not there, or not right.
for name in plain old absent; do
	key is_refused get "$name" --text
	has_message errors '404: Not Found'
done
key is_refused put plain x --ttl 5
has_message errors '10034'
is_refused kv key list --namespace-id ffffffffffffffffffffffffffffffff --remote
has_message errors '10013'

# Every page of a listing.
key works list --prefix install:
expect_equal "$(jq -r length output)" 2500 'the keys of three pages'
expect_equal "$(jq -r '[.[].name] == ([.[].name] | unique)' output)" true 'sorted, none twice'
expect_equal "$(requests GET '*/keys')" 5 'the requests for keys'

# Many at once.
printf '[{"key": "one", "value": "1", "metadata": {"n": 1}}, {"key": "two", "value": "aGk=", "base64": true}]' \
	>pairs.json
bulk put pairs.json
expect_equal "$(stored one)" '{"value":"1","metadata":{"n":1}}' 'one of a bulk'
expect_equal "$(stored two)" '{"value":"hi"}' 'the other of a bulk'
printf '["one", "two", "three"]' >keys.json
bulk get keys.json
has_message output '"one"'
expect_equal "$(requests POST '*/bulk/get')" 1 'the bulk reads'
bulk delete keys.json --force
expect_equal "$(stored one) $(stored two)" 'null null' 'what a bulk deleted'
expect_equal "$(requests '*' '*/bulk*')" 3 'the requests in bulk'
