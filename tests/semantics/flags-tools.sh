#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `vim`, `sed -i`, `jq … | sponge`, `cp` between environments and `mv` of a temporary file work on flags
#   as on a disk.
# > A rename of a temporary file onto the name of a secret, or a flag, beside it sets that, and answers with
#   the verdict.
# > | rename of a temporary file onto the name of a secret or a flag beside it | sets it |
#
# What people edit flags with: one authoring request each, and nothing is left. vim is in flags-vim.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config
hsxfs_mount

# at COMMAND...: in the directory.
at()
(
	cd "$flags"
	"$@"
)

# edits NAME METHOD STATE COMMAND...: the flag gets that state by one request, and is still the same flag.
edits()
{
	local name=$1 method=$2 state=$3

	shift 3
	requests_clear
	expect_status 0 at "$@"
	[ ! -s errors ] || fail "$* says: $(cat errors)"
	expect_equal "$(curl -sS -f -m 10 "$admin/requests" | jq -r '[.[] | select(.method != "GET")
		| "\(.method) \(.path | split("/") | last) \(.body | fromjson | .state)"] | join(", ")')" \
		"$method $([ "$method" = POST ] && echo flags || echo "$name") $state" "$*"
	expect_output "$state" jq -r .state "$flags/$name"
	expect_output boolean jq -r .type "$flags/$name"
	expect_equal "$(ls -A "$flags")" "$names" 'what is there'
}

names='new-checkout
new-pricing'
edits new-pricing PUT disabled sed -i 's/"enabled"/"disabled"/' new-pricing
edits new-pricing PUT enabled perl -i -pe 's/"disabled"/"enabled"/' new-pricing
edits new-pricing PUT disabled bash -o pipefail -c "jq '.state = \"disabled\"' new-pricing | sponge new-pricing"
edits new-pricing PUT enabled cp ../../staging/flags/new-pricing new-pricing
edits new-checkout PUT enabled bash -c "sed s/disabled/enabled/ new-checkout >.edit && mv .edit new-checkout"
edits new-checkout PATCH disabled bash -c "echo disabled >.edit && mv .edit new-checkout"
edits new-checkout PUT enabled python3 -c '
import json, os, tempfile
flag = json.load(open("new-checkout"))
flag["state"] = "enabled"
with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as file:
    json.dump(flag, file)
os.replace(file.name, "new-checkout")'
edits new-checkout PATCH disabled tee new-checkout <<<disabled
edits new-checkout PUT disabled dd status=none if=../../production/flags/new-checkout of=new-checkout bs=7

# New ones.
names='by-cp
by-mv
by-sponge
new-checkout
new-pricing'
at bash -c "sed '/\"key\"/d' new-pricing | sponge by-sponge; echo enabled >.by-mv; mv .by-mv by-mv"
edits by-cp POST enabled bash -c "sed /key/d new-pricing >.x; rm .x; sed /key/d new-pricing | cp /dev/stdin by-cp"
expect_failure at cp new-pricing copy
has_message errors 'Invalid argument'
last_error 'the member .key. is .new-pricing'

# cp of a whole directory, and of one that has the flag archived.
expect_status 0 at cp -r . ../../staging/flags/
expect_status 0 at diff -r . ../../staging/flags
expect_status 0 at rm ../../staging/flags/by-mv
expect_status 0 at cp by-mv ../../staging/flags/by-mv
expect_status 0 at rsync -a --checksum ./ ../../staging/flags/
expect_status 0 at diff -r . ../../staging/flags

# A rename that is refused says so, and leaves the temporary file for another try.
requests_clear
echo nonsense >"$flags/.edit"
expect_failure at mv .edit new-pricing
last_error '"operation":"rename".*"errno":"EINVAL".*line 1, column 1'
rule '{"path": "/control-plane/*", "error": "frozen", "message": "Frozen until Monday."}'
echo disabled >"$flags/.edit"
expect_failure at mv .edit new-pricing
has_message errors 'resource busy'
last_error '"operation":"rename".*"errno":"EBUSY".*Frozen until Monday'
expect_output enabled jq -r .state "$flags/new-pricing"
expect_status 0 at mv .edit new-pricing
expect_output disabled jq -r .state "$flags/new-pricing"
expect_errno 'rename EPERM' rename "$flags/new-pricing" "$flags/other"
expect_errno 'open EINVAL' append "$flags/new-pricing" enabled
hsxfs_unmount
