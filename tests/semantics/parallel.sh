#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > At most one request that changes a Worker runs at a time; different Workers do not wait for each
#   other.
# > Of several writers of one name, the value that is stored is the one acknowledged last.
# > 200 writers of 200 names at once all succeed, while others list and remove there.
#
# 200 writers at once, others who list and remove, and several who write one name.

. "$HSXFS_TESTS/lib/common.sh"

default_seed | jq '. + {limits: {variables: 10000}}' >seed.json
emulator_start seed.json
config_write
hsxfs_mount -o rm=free
ls "$secrets" >/dev/null
for number in {1..20}; do
	echo old >"$secrets/OLD$number"
done
requests_clear
rule '{"method": "*", "delay_ms": 20, "times": -1}'

writers=()
for number in {1..200}; do
	(echo "value-$number" >"$secrets/W$number") &
	writers+=("$!")
done
for number in {1..20}; do
	ls "$secrets" >/dev/null &
	writers+=("$!")
	rm "$secrets/OLD$number" &
	writers+=("$!")
done
for writer in "${writers[@]}"; do
	wait "$writer"
done
rules_clear
curl -sS -f "$admin/state" | jq -r --arg script "$production" \
	'.accounts[].scripts[$script].secrets | to_entries[] | select(.key | test("^W|^OLD")) | "\(.key) \(.value)"' |
	sort >stored
for number in {1..200}; do
	echo "W$number value-$number"
done | sort >wanted
cmp stored wanted

# One request at a time changes a Worker.
curl -sS -f "$admin/requests" | jq -e '[.[] | select(.method != "GET")] | sort_by(.time_ms)
	| [range(1; length) as $i | select(.[$i].time_ms < .[$i - 1].answered_ms)] == []' >/dev/null ||
	fail "changes of one Worker overlap"

# acknowledge TEXT: a program that says when its value was taken.
acknowledge()
{
	python3 -c 'import os, sys, time
file = os.open(sys.argv[1], os.O_WRONLY)
os.write(file, os.fsencode(sys.argv[2]))
print(time.monotonic_ns(), sys.argv[2])' "$secrets/STRIPE_KEY" "$1" >>acknowledged
}
rule '{"method": "*", "delay_ms": 10, "times": -1}'
writers=()
for number in {1..30}; do
	acknowledge "of-writer-$number" &
	writers+=("$!")
done
for writer in "${writers[@]}"; do
	wait "$writer"
done
expect_equal "$(wc -l <acknowledged)" 30 "acknowledged"
expect_equal "$(value_of STRIPE_KEY)" "$(sort -n acknowledged | tail -n 1 | cut -d ' ' -f 2)"
hsxfs_unmount
