#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `.status` and `.errors` can be opened by name in every directory, and are in no listing.
#
# .status and .errors: in every directory by name, in no listing.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
rule '{"method": "PUT", "status": 400, "code": 10054, "message": "binding is too large"}'
expect_errno 'write EFBIG' write "$secrets/BIG" key

for directory in "$mnt" "$mnt/acct_demo" "$project" "$project/production" "$secrets"; do
	expect_status 0 jq -e . "$directory/.status"
	expect_status 0 jq -es 'length >= 1' "$directory/.errors"
	expect_status 0 ls -A "$directory"
	grep -q '^\.' output && fail "a control file is listed in $directory"
	expect_output "$(wc -c <"$directory/.errors")" stat -c %s "$directory/.errors"
done
cat "$mnt/.status" >status.json
"$HSXFS_BUILD/hsxfs" --version | grep -qF "$(jq -r .version status.json)" || fail "version"
has_message status.json acct_demo
jq -e '[.. | numbers] | length > 0' status.json >/dev/null

tail -n 1 "$secrets/.errors" >last.json
jq -e '(.errno == "EFBIG") and (.path | endswith("production/secrets/BIG")) and (.time | test("^20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:.]+Z$"))' \
	last.json >/dev/null || fail "the line is $(cat last.json)"
has_message last.json 10054
has_message last.json 'binding is too large'
has_message last.json 400
has_no last.json '"key"' "$token"

expect_errno 'open EACCES' write "$mnt/.status" x
expect_errno 'unlink EPERM' unlink "$secrets/.errors"

# The last 1,000 lines are kept.
for number in {1..1010}; do
	mkdir "$mnt/.no" 2>/dev/null || true
	: >"$secrets/bad-name-$number"
done 2>/dev/null || true
lines=$(wc -l <"$mnt/.errors")
[ "$lines" -le 1000 ] || fail "$lines lines"
expect_status 0 jq -es 'length > 0' "$mnt/.errors"
hsxfs_unmount
