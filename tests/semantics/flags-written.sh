#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `enabled`, `disabled` or `archived`, with or without a newline, sets the state by one authoring
#   request, inside write(2).
# > A JSON object replaces the flag by one authoring request, when it is closed.
# > Changes in one environment never show in another.
# > A name that is not there yet makes a new flag; its key is a letter and then letters, digits, `.`, `_`
#   and `-`, at most 200 in all, and any other is EINVAL.
#
# Flags that are written, and what is sent.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# written WANTED: what was sent since the last call, and nothing of it into Workers KV.
written()
{
	expect_equal "$(curl -sS -f -m 10 "$admin/requests" | jq -cS '.[] | select(.method != "GET")
		| [.method, (.path | split("/environments/") | last), (.body | fromjson)]')" "$1" 'what was sent'
	requests_clear
}

# staging_is_the_same: in the mount and at the control plane.
staging_is_the_same()
{
	expect_status 0 diff -r staging "$project/staging/flags"
	expect_equal "$(plane_state '.accounts.acct_demo.projects["acme-crm"].flags.staging')" "$staging_flags" staging
}

state_of()
{
	plane_state ".accounts.acct_demo.projects[\"acme-crm\"].flags.production[\"123456\"][\"$1\"].state"
}

plane_start
plane_config
hsxfs_mount
staging_flags=$(plane_state '.accounts.acct_demo.projects["acme-crm"].flags.staging')
cp -r "$project/staging/flags" staging
requests_clear

# One line, as anybody would write it.
expect_status 0 bash -c "echo disabled > '$flags/new-pricing'"
written '["PATCH","production/apps/123456/flags/new-pricing",{"state":"disabled"}]'
grep -q '"state": "disabled"' "$flags/new-pricing" || fail 'it does not read disabled at once'
expect_output disabled getfattr --only-values -n user.hsxfs.state "$flags/new-pricing"
staging_is_the_same

cat >words.py <<'PYTHON'
import os
import sys
import urllib.request

path, admin, *texts = sys.argv[1:]


def changes():
    with urllib.request.urlopen(admin + "/requests?method=P*") as answer:
        return answer.read().count(b'"number"')


file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
print(*[(os.write(file, text.encode()), changes())[1] for text in texts], end=" ")
os.close(file)
print(changes())
PYTHON

# Inside write(2), with and without a newline, on a flag that is there and on one that is not; a
# newline that comes later changes nothing.
for name in new-pricing brand.new_one-1; do
	for word in enabled disabled archived; do
		for end in '' $'\n' ' '$'\n'; do
			[ "$end" != " "$'\n' ] || [ "$word" != archived ] || continue
			requests_clear
			expect_output '1 1' python3 words.py "$flags/$name" "$admin" "$word$end"
			expect_equal "$(state_of "$name")" "$word" "$name after $word"
		done
		requests_clear
		expect_output '1 1 1' python3 words.py "$flags/$name" "$admin" "$word" $'\n'
	done
done
requests_clear
echo enabled >"$flags/B2._-"
written '["POST","production/apps/123456/flags",{"key":"B2._-","state":"enabled"}]'
expect_output boolean jq -r .type "$flags/B2._-"
staging_is_the_same

# JSON: when it is closed, however it comes.
requests_clear
expect_output '0 0 1 1 1' python3 words.py "$flags/new-checkout" "$admin" '{"state": "enabled",' \
	' "variations": {"a": "}"}, ' '"type": "string"}' $'\n'
written '["PUT","production/apps/123456/flags/new-checkout",{"key":"new-checkout","state":"enabled","type":"string","variations":{"a":"}"},"version":1}]'
expect_output '["enabled","string",{"a":"}"}]' jq -c '[.state, .type, .variations]' "$flags/new-checkout"
expect_output '0 1 1' python3 words.py "$flags/of-json" "$admin" '{"key": "of-json",' '"state": "disabled"}'
written '["POST","production/apps/123456/flags",{"key":"of-json","state":"disabled"}]'
expect_output false jq '.variations.off' "$flags/of-json"
staging_is_the_same
expect_status 1 cat "$project/staging/flags/of-json"

# Other names.
requests_clear
for name in 1st _x -x a+b 'a b' ü a: '#x' "$(printf 'k%.0s' {1..201})"; do
	expect_errno 'open EINVAL' write "$flags/$name" enabled
done
last_error 'letters, digits, dots, underscores and dashes'
written ''
expect_errno ok write "$flags/$(printf 'k%.0s' {1..200})" enabled

# The other way round, nothing of staging shows in production.
cp -r "$flags" production
echo disabled >"$project/staging/flags/new-pricing"
echo enabled >"$project/staging/flags/only-staging"
expect_status 0 diff -r production "$flags"
kill -HUP "$daemon"
expect_status 0 diff -r production "$flags"
hsxfs_unmount
