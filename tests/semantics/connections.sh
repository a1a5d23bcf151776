#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > At most one request that changes a Worker runs at a time; different Workers do not wait for each
#   other.
# > At most 8 connections to one host are open.
#
# Many Workers at one API: they do not wait for each other, over at most 8 connections.

. "$HSXFS_TESTS/lib/common.sh"

projects=(P{1..12})
jq -n --arg token "$token" --arg account "$account" '{tokens: [$token], accounts: {($account): {scripts:
	($ARGS.positional | map({("worker-of-\(.)"): {secrets: {OLD: "old"}}}) | add)}}}' \
	--args "${projects[@]}" >seed.json
emulator_start seed.json
# shellcheck disable=SC2016 # a jq variable
config_write '.accounts.acct_demo.projects = ($ARGS.positional | map({(.): {environments:
	{production: {scripts: ["worker-of-\(.)"]}}}}) | add)' --args "${projects[@]}"
hsxfs_mount
requests_clear
rule '{"method": "PUT", "delay_ms": 400, "times": -1}'

write_all()
{
	local writers=() writer one

	for one in "${projects[@]}"; do
		(echo "value of $one" >"$mnt/acct_demo/$one/production/secrets/NEW") &
		writers+=("$!")
	done
	for writer in "${writers[@]}"; do
		wait "$writer"
	done
}
# One after the other they would take 4.8 s.
expect_within 2000 write_all
for one in "${projects[@]}"; do
	expect_equal "$(value_of NEW "worker-of-$one")" "value of $one"
done
count=$(curl -sS -f "$admin/requests" | jq '[.[].connection] | unique | length')
[ "$count" -le 8 ] || fail "$count connections"
[ "$count" -ge 4 ] || fail "only $count connections"
hsxfs_unmount
