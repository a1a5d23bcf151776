#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 120
#
# Workers KV by itself, without a mount: how often the account's list is asked for, pages, the pause
# between two writes of a key, and answers that make no sense.

# shellcheck source=tests/lib/common.sh
. "$HSXFS_TESTS/lib/common.sh"

namespace=00112233445566778899aabbccddeeff

default_seed | jq --arg id "$namespace" '.limits.kv_writes_per_second = 1 | .accounts[].kv = ({
	($id): {title: "flags", keys: {m: {value: "text", metadata: {a: 1}}, "a/b ü": "odd"},
		generate: {prefix: "install:", first: 1000001, count: 12000}},
	"11111111111111111111111111111111": {title: "twice"},
	"22222222222222222222222222222222": {title: "twice"}} + ([range(1500) | {
	("33333333333333333333333333333333"[0:28] + "\(. + 1000)"): {title: "title \(.)"}}] | add))
	' >seed.json
emulator_start seed.json

# kv OPERATION ARGUMENT...: the lines of these calls, sorted.
kv()
{
	timeout 60 "$HSXFS_BUILD/unit/kv" "$api" "$token" "$namespace" "$@" >lines || fail "kv $*"
	sort lines
}

# answers PATH-PATTERN TIMES RESULT [INFORMATION]: in place of what is there.
answers()
{
	rule "$(jq -nc --arg path "$1" --argjson times "$2" --argjson result "$3" \
		--argjson information "${4:-{\}}" '{path: $path, times: $times, body: {success: true,
			errors: [], messages: [], result: $result, result_info: $information}}')"
}

# The account's list is asked for once, in pages of 1,000, for all who ask for a title.
expect_equal "$(kv find flags find twice find 'title 1499' find flags find nothing)" \
	"find flags: ok 0 $namespace
find flags: ok 0 $namespace
find nothing: not-found 0 Workers KV: the account has no namespace \`nothing'
find title 1499: ok 0 33333333333333333333333333332499
find twice: ambiguous 0 Workers KV: 2 namespaces have the title \`twice'" 'the titles'
expect_equal "$(requests GET '*/namespaces')" 2 'the pages of namespaces'

# A server that does not know pages, and one whose ids cannot stand in an address.
requests_clear
answers '*/namespaces' -1 '[{"id": "abc", "title": "one"}]'
expect_equal "$(kv find one)" 'find one: ok 0 abc' 'a list without pages'
expect_equal "$(requests GET '*/namespaces')" 2 'the requests for a list without pages'
rules_clear
answers '*/namespaces' 1 '[{"id": "../../x", "title": "one"}]'
expect_equal "$(kv find one)" \
	'find one: bad-reply 0 Workers KV: a listed namespace has no id or no title' 'a hostile id'

# What is there and what is not, with the numbers of this family.
expect_equal "$(kv get m get 'a/b ü' get absent bulk m)" \
	'bulk m: ok 0 {"m":"text","absent":null}
get a/b ü: ok 0 odd
get absent: not-found 10009 Workers KV: get: '\''key not found'\''
get m: ok 0 text' 'the values'

# Names that no key has cost no request.
requests_clear
long=$(printf 'x%.0s' {1..513})
expect_equal "$(kv get . get .. get '' put .. bulk . get "$long" get $'\xff' | grep -c ': bad-name 0')" 7 \
	'the names refused'
expect_equal "$(requests)" 0 'the requests for those'

# Pages of keys, and a listing that would never end.
expect_equal "$(kv keys install:)" 'keys install:: ok 0 12000, the last install:1012000' 'the keys'
expect_equal "$(requests GET '*/keys')" 12 'the pages of keys'
answers '*/keys' -1 '[{"name": "a"}]' '{"cursor": "again"}'
expect_equal "$(kv keys x)" 'keys x: bad-reply 0 Workers KV: a listing repeats its cursor' \
	'a cursor that repeats'
rules_clear

# One key is written once a second, others meanwhile; a write that is cancelled as it waits is not
# sent, and one that was on its way counts.
requests_clear
expect_equal "$(kv put k put k drop k put k put other drop sent put sent)" \
	'drop k: not sent
drop sent: on its way
put k: ok 0 
put k: ok 0 
put k: ok 0 
put other: ok 0 
put sent: ok 0 ' 'the writes'
curl -sS -f -m 10 "$admin/requests?method=PUT" >writes
expect_equal "$(jq '[.[] | select(.status == 200)] | length' writes)" 5 'the writes that were taken'
expect_equal "$(jq '[.[] | select(.status == 429)] | length' writes)" 0 'those that came too soon'
expect_equal "$(jq '[.[] | select(.body | contains("\"k\""))] | . as $all | [range(1; length) |
	$all[.].time_ms - $all[. - 1].answered_ms | select(. < 990)] | length' writes)" 0 \
	'the pauses that were too short'

# A bulk write that has success, and yet did not write.
answers '*/bulk' 1 '{"successful_key_count": 0, "unsuccessful_keys": ["half"]}'
expect_equal "$(kv put half)" 'put half: server-error 0 Workers KV: the server did not store the key' \
	'a write half done'

# The server asks to wait: the write is repeated. The token that it repeats is shown to nobody.
rule '{"path": "*/bulk", "status": 429}'
expect_equal "$(kv put later)" 'put later: ok 0 ' 'a write after a 429'
rule "{\"path\": \"*/values/m\", \"status\": 400, \"code\": 10029, \"message\": \"$token is bad\"}"
expect_equal "$(kv get m)" "get m: bad-value 10029 Workers KV: (the server's text is withheld: it repeats a value or a token)" \
	'an answer with the token in it'
