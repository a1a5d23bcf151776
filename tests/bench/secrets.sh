#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Setting and listing secrets: against wrangler, and against curl, which does nothing but the request.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/bench.sh"

default_seed | jq '.limits = {variables: 100000}' >seed.json
emulator_start seed.json
for_wrangler
config_write
hsxfs_mount
wrangler="$HSXFS_TESTS/clients/wrangler.sh"
script=$api/accounts/$account/workers/scripts/$production
export script token
set_by_curl='curl -sS -f -o curl.out -X PUT -H "Authorization: Bearer $token" -H "Content-Type: application/json" \
	-d "{\"name\":\"BENCH\",\"text\":\"value\",\"type\":\"secret_text\"}" "$script/secrets"'
list_by_curl='curl -sS -f -o curl.out -H "Authorization: Bearer $token" "$script/secrets"'

compare 'set one secret' 'wrangler secret put' "echo value >$secrets/BENCH" \
	"echo value | $wrangler secret put BENCH --name $production >/dev/null" --warmup 1 --runs 7
compare 'set one secret' 'curl, one PUT (floor)' "echo value >$secrets/BENCH" "$set_by_curl" --warmup 3 --runs 50
/usr/bin/env time -f %M -o wrangler.memory sh -c "echo value | $wrangler secret put BENCH --name $production >/dev/null"
row 'memory to set one secret, the most' MB "$(($(memory VmHWM) / 1024))" "$(($(tail -n 1 wrangler.memory) / 1024))" \
	'wrangler secret put'

compare 'list the names, warm' 'wrangler secret list' "ls $secrets" "$wrangler secret list --name $production" \
	--warmup 1 --runs 7
hsxfs_unmount
hsxfs_mount -o ttl=0
compare 'list the names, asked each time' 'curl, one GET (floor)' "ls $secrets" "$list_by_curl" --warmup 3 --runs 50
hsxfs_unmount

# A network of 50 ms a request: what counts is how many there are, one after the other.
hsxfs_mount
jq -n '[range(100) | {key: "MANY_\(.)", value: "value-\(.)"}] | from_entries' >many.json
rule '{"method": "*", "delay_ms": 50, "times": -1}'
compare '100 secrets, all at once, 50 ms a request' 'wrangler secret bulk' \
	"for i in \$(seq 100); do echo value >$secrets/MANY_\$i & done; wait" \
	"$wrangler secret bulk many.json --name $production >/dev/null" --runs 5
compare '10 secrets, one by one, 50 ms a request' 'curl, 10 PUTs of a connection each (floor)' \
	"for i in \$(seq 10); do echo value >$secrets/MANY_\$i; done" \
	"for i in \$(seq 10); do $set_by_curl; done" --runs 5
hsxfs_unmount
