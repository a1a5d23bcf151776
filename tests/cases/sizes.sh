#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Values of 1 to 5,000 bytes around every multiple of 512: the bytes exact, one PUT each.

. "$HSXFS_TESTS/lib/common.sh"

jq -n --arg token "$token" --arg account "$account" --arg script "$production" \
	'{tokens: [$token], accounts: {($account): {scripts: {($script): {}}}},
	limits: {value_bytes: 5120, variables: 10000}}' >seed.json
emulator_start seed.json
config_write
hsxfs_mount

sizes=(1 2 100)
for ((multiple = 512; multiple < 5000; multiple += 512)); do
	sizes+=($((multiple - 2)) $((multiple - 1)) "$multiple" $((multiple + 1)))
done
sizes+=(4999 5000)

head -c 5000 /dev/zero | tr '\0' v >fill
for size in "${sizes[@]}"; do
	head -c "$size" fill >"value"
	value=$(cat value)
	printf '%s' "$value" >"$secrets/PRINTF_$size"
	echo "$value" >"$secrets/ECHO_$size"
	dash -c 'echo "$0" > "$1"' "$value" "$secrets/DASH_$size"
	cp value "$secrets/CP_$size"
	dd if=value of="$secrets/DD_$size" status=none
	cat value >"$secrets/CAT_$size"
done

curl -sS -f "$admin/state" | jq -e --arg script "$production" '
	.accounts[].scripts[$script].secrets | to_entries
	| map(select(.value != "v" * (.key | sub(".*_"; "") | tonumber)) | .key)
	| if . == [] then true else error("stored wrongly: \(.)") end' >/dev/null
curl -sS -f -G --data-urlencode method=PUT "$admin/requests" | jq -e --argjson sizes "${#sizes[@]}" '
	[.[].body | fromjson.name] | group_by(.)
	| (map(select(length != 1)[0]) | if . != [] then error("more than one PUT: \(.)") else . end),
	  if length == 6 * $sizes then true else error("\(length) values") end' >/dev/null

hsxfs_unmount
