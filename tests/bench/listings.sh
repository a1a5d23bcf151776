#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Large listings: 1,000 secrets, 100,000 installed portals.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"
. "$HSXFS_TESTS/lib/bench.sh"

plane_start '.accounts[].scripts["hsx-acct-demo-acme-crm-deals"].secrets =
		([range(1000) | {key: "KEY_\(.)", value: "value"}] | from_entries)
	| .control_plane.accounts.acct_demo.projects["acme-crm"].environments.production =
		{generate_installs: {count: 100000, first: 1000001, reauth_every: 10}}'
plane_config
script=$api/accounts/$account/workers/scripts/$production
export script token

pages="python3 $HSXFS_TESTS/bench/pages.py"
url=$plane/$(jq -r '.paths | keys[] | select(endswith("/installs"))' "$HSXFS_SOURCE/backends/control-plane.openapi.json" |
	sed 's,^/,,; s/{account}/acct_demo/; s/{project}/acme-crm/; s/{environment}/production/')
size=$($pages "$url")

hsxfs_mount -o ttl=0
compare 'list 1,000 secrets, asked each time' 'curl, one GET (floor)' "ls $secrets" \
	'curl -sS -f -o curl.out -H "Authorization: Bearer $token" "$script/secrets"' --warmup 1 --runs 15
hsxfs_unmount

hsxfs_mount -o ttl=1000
ls "$secrets" >/dev/null
mkdir local
(cd local && seq 1000 | sed s/^/KEY_/ | xargs touch)
compare 'names and times of 1,000 secrets, warm' 'the local disk (floor)' "find $secrets -printf '%p %s %t\\n' >out" \
	"find local -printf '%p %s %t\\n' >out" --warmup 2 --runs 30
hsxfs_unmount

hsxfs_mount -o ttl=1000
started=$(date +%s%N)
expect_status 0 sh -c 'ls -U "$1" 2>/dev/null | head -n 1' . "$installs"
first=$(date +%s%N)
expect_output 100000 sh -c 'ls -U "$1" | wc -l' . "$installs"
all=$(date +%s%N)
$pages "$url" 1
floor_first=$(date +%s%N)
$pages "$url"
floor_all=$(date +%s%N)
row 'the first of 100,000 installs' ms "$(((first - started) / 1000000))" "$(((floor_first - all) / 1000000))" \
	'python3, one page (floor)'
row 'all 100,000 installs' ms "$(((all - started) / 1000000))" "$(((floor_all - floor_first) / 1000000))" \
	'python3, 100 pages (floor)'
compare 'who has to authorise again, of 100,000, warm' 'grep -rl on the local disk (floor)' \
	"grep -rl reauth_required $installs | wc -l" \
	"[ -d copy ] || cp -r $installs copy; grep -rl reauth_required copy | wc -l" --warmup 1 --runs 2
row 'memory with 100,000 installs' MB "$(($(memory VmRSS) / 1024))" "$((size / 1048576))" 'the JSON of their pages'
hsxfs_unmount
