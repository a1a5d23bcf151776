#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A flag is a file named by its key that holds its JSON: sorted members, two spaces of indentation and
#   a final newline, the same bytes for the same flag.
# > `version` and `updatedAt` are not in the file: they are `user.hsxfs.version` and the file's times, so
#   that equal flags of two environments compare equal.
# > A flag's version stands in the nanoseconds of its time: of two changes in one second the second is
#   seen too.
# > Members that hsxfs does not know stay as they are, in the file and when the flag is written.
# > A value whose layout is not known is shown as one file named by its key, text as it is and JSON in the
#   form of a flag's; it cannot be written (EINVAL).
#
# What a flag's file holds, whichever way the snapshot keeps it.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

odd='{"ü": [1, 2.5, 1e3, null, "a/b"], "deep": {"z": {"y": []}}, "big": 9007199254740993}'

# The layouts that are read, and some that are not known. jq would round the number.
# shellcheck disable=SC2016 # a jq variable
plane_seed '
	{key: "alpha", state: "enabled", b: {d: 1, c: 2}, version: 7, updatedAt: "2026-01-02T03:04:05Z"} as $alpha
	| .control_plane.accounts.acct_demo.projects["acme-crm"].environments.production.flags["new-pricing"]
		+= {owner: "growth", "x-odd": $odd}
	| .accounts[$account].kv = ({
		"1": {all: {flags: {alpha: ($alpha | del(.key))}, updatedAt: "x"}},
		"2": {all: {flags: [$alpha]}},
		"3": {all: {alpha: $alpha}},
		"4": {"flag:alpha": $alpha},
		"5": {"text.txt": "no JSON\nat all", list: [1, {b: 1, a: 2}], empty: " \n", alpha: $alpha}}
		| with_entries({key: (.key * 32), value: {title: "layout \(.key)",
			keys: (.value | map_values(if type == "string" then . else tojson end))}}))' \
	--argjson odd "$odd" --arg account "$account" | sed 's/9007199254740992/9007199254740993/' >seed.json
emulator_start seed.json
plane=${api%/client/v4}/control-plane
plane_config '.accounts.acct_demo.projects += ({members: "1", array: "2", bare: "3", single: "4", unknown: "5"}
	| map_values({app_id: "1", environments: {production: {flags_kv: (. * 32)}}}))'
hsxfs_mount

expect_output 'new-checkout
new-pricing' ls "$flags"
cat "$flags/new-checkout" >shown
expect_equal "$(cat shown; echo .)" '{
  "defaultVariation": "off",
  "key": "new-checkout",
  "rollout": {},
  "rules": [],
  "state": "disabled",
  "type": "boolean",
  "variations": {
    "off": false,
    "on": true
  }
}
.' 'a flag'

# Version and time are beside it, and what is the same compares equal.
expect_output 3 getfattr --only-values -n user.hsxfs.version "$flags/new-pricing"
expect_output enabled getfattr --only-values -n user.hsxfs.state "$flags/new-pricing"
expect_output "$(date -u -d 2026-06-01T00:00:00Z +'%s %s')" stat -c '%Y %Z' "$flags/new-pricing"
expect_output 2026-06-01T00:00:00.0000000030 env TZ=UTC find "$flags/new-pricing" -printf '%TY-%Tm-%TdT%TT\n'
expect_output 5 getfattr --only-values -n user.hsxfs.version "$project/staging/flags/new-pricing"

# What nobody knows is in it as it came.
expect_equal "$(jq -S '.["x-odd"]' "$flags/new-pricing")" "$(jq -S . <<<"$odd")" 'an unknown member'
grep -q '"big": 9007199254740993,' "$flags/new-pricing" || fail 'a number that JavaScript would round'
expect_equal "$(stat -c %s "$flags/new-pricing")" "$(wc -c <"$flags/new-pricing")" 'the size'

# Every known layout has the same bytes.
for layout in array bare single; do
	place=$mnt/acct_demo/$layout/production/flags
	expect_output alpha ls "$place"
	expect_status 0 cmp "$mnt/acct_demo/members/production/flags/alpha" "$place/alpha"
	expect_output 7 getfattr --only-values -n user.hsxfs.version "$place/alpha"
done
expect_equal "$(cat "$place/alpha")" '{
  "b": {
    "c": 2,
    "d": 1
  },
  "key": "alpha",
  "state": "enabled"
}' 'a flag of a layout'

# The others are shown one file a key, beside the flags, and stay as they are.
place=$mnt/acct_demo/unknown/production/flags
expect_output 'alpha
list
text.txt' ls "$place"
expect_equal "$(cat "$place/text.txt")" 'no JSON
at all' 'a value that is no JSON'
expect_output '[1,{"a":2,"b":1}]' jq -cS . "$place/list"
requests_clear
for name in text.txt list; do
	for text in enabled '{"state": "enabled"}'; do
		expect_errno 'write EINVAL' write "$place/$name" "$text"
	done
	last_error 'layout that is not known'
done
expect_equal "$(requests 'P*')" 0 'changes sent'

# Written, the unknown members are sent as they were read; a word leaves them alone.
sed 's/"state": "enabled"/"state": "disabled"/' "$flags/new-pricing" >edited
expect_status 0 cp edited "$flags/new-pricing"
requests_clear
expect_status 0 cmp edited "$flags/new-pricing"
curl -sS -f -m 10 "$admin/state" >told
grep -q '"big": *9007199254740993' told || fail 'a number that was rounded as it was written'
expect_equal "$(plane_state '.accounts.acct_demo.projects["acme-crm"].flags.production["123456"]["new-pricing"]
	| [.state, .owner, .["x-odd"]]' | jq -cS .)" "$(jq -cSn --argjson odd "$odd" '["disabled", "growth", $odd]')" 'a flag that was written'
echo enabled >"$flags/new-pricing"
expect_equal "$(jq -S '.["x-odd"]' "$flags/new-pricing")" "$(jq -S . <<<"$odd")" 'after a word'

# The same flag of another environment, and of the next mount, is the same file.
cp "$flags/new-pricing" "$project/staging/flags/new-pricing"
cp "$flags/new-checkout" "$project/staging/flags/new-checkout"
expect_status 0 diff -r "$flags" "$project/staging/flags"
expect_equal "$(getfattr --only-values -n user.hsxfs.version "$flags/new-pricing" "$project/staging/flags/new-pricing")" 56 'versions'
cp -r "$flags" before
hsxfs_unmount
hsxfs_mount
expect_status 0 diff -r before "$flags"
hsxfs_unmount
