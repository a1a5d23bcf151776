#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Writes that wait for one Worker go together, at most 100 names, as one request and one version.
# > Two values of one name are never in one request; they are sent in the order of the calls that
#   send them.
#
# What waits for one Worker, and in which requests it goes.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

default_seed | jq '. + {limits: {variables: 10000}}' >seed.json
emulator_start seed.json
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear

versions()
{
	curl -sS -f "$admin/state" | jq --arg script "$production" '.accounts[].scripts[$script].versions'
}

# One request is on its way; 150 values wait for its end.
rule '{"method": "PUT", "delay_ms": 2000}'
before=$(versions)
writers=()
write_one()
{
	(echo "value-$1" >"$secrets/$1") &
	writers+=("$!")
}
write_one FIRST
wait_for_requests 1
for number in {1..150}; do
	write_one "W$number"
done
for writer in "${writers[@]}"; do
	wait "$writer"
done
curl -sS -f "$admin/requests" |
	jq -c '[.[] | select(.method != "GET") | if .method == "PUT" then 1 else .body | fromjson.secrets | length end]' >sizes
expect_equal "$(cat sizes)" '[1,100,50]' "names in each request"
expect_equal $(($(versions) - before)) 3 "versions"
curl -sS -f "$admin/state" | jq -e --arg script "$production" '.accounts[].scripts[$script].secrets
	| [range(1; 151) as $i | select(.["W\($i)"] != "value-W\($i)")] == []' >/dev/null ||
	fail "not every value is stored"

# Two values of one name: a close sends them, since the kernel lets only one write at a time in.
requests_clear
rule '{"method": "PUT", "delay_ms": 1000}'
write_one FIRST
wait_for_requests 1
for value in first second; do
	printf 'the\n%s' "$value" >"$value"
	cp "$value" "$secrets/SAME" &
	writers+=("$!")
	sleep 0.1
	write_one "WITH_$value"
	sleep 0.1
done
wait "${writers[@]: -4}"
expect_equal "$(value_of SAME)" $'the\nsecond'
curl -sS -f "$admin/requests" | jq -c '[.[] | select(.method != "GET") | .body | [scan("the\\\\+n[a-z]+")] | length]' >same
expect_equal "$(jq 'max' same)" 1 "values of one name in one request"
expect_equal "$(jq 'add' same)" 2 "values of one name"
hsxfs_unmount
