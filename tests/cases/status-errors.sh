#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `.status` and `.errors` can be opened by name in every directory, and are in no listing.
# > `.status` says of each API how its last request ended: `unknown` (there was none), `up`, `refused` (its
#   token), `failing` (5xx) or `down` (no answer), and the reason of the last three.
#
# .status and .errors: in every directory by name, in no listing.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write

# api_is STATE [REASON]: of the one API.
api_is()
{
	expect_equal "$(jq -r '.accounts[0].cloudflare.state' "$mnt/.status")" "$1" "the API's state"
	jq -r '.accounts[0].cloudflare.reason // "none"' "$mnt/.status" >reason
	has_message reason "^${2:-none$}"
}

# The configuration by a path that means something else in another directory.
given=$config
config=$(basename "$config")
hsxfs_mount -o ttl=0,deadline=0.5
config=$given
expect_output "$config" jq -r .configuration "$mnt/.status"
jq -e '.mounted_at | fromdate > 1700000000' "$mnt/.status" >/dev/null || fail "mounted_at is no time"
api_is unknown
ls "$secrets" >/dev/null
api_is up
rule '{"method": "GET", "status": 403, "code": 10000, "message": "Authentication error", "times": -1}'
expect_errno 'listdir EACCES' listdir "$secrets"
api_is refused 'the token was refused .HTTP 403, code 10000'
rules_clear
rule '{"method": "GET", "status": 500, "times": -1}'
expect_errno 'listdir EIO' listdir "$project/staging/secrets"
api_is failing 'the server answered with HTTP 500'
rules_clear
rule '{"method": "GET", "delay_ms": 5000, "times": -1}'
expect_errno 'listdir ETIMEDOUT' listdir "$project/staging/secrets"
api_is down '.*timed out'
rules_clear
sleep 1.1
ls "$secrets" >/dev/null
api_is up
hsxfs_unmount

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
