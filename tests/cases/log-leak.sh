#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# With -d on, no token and no value is in any log, whatever the server says.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -d -o deadline=0.3,rm=free
ls -lR "$mnt" >/dev/null

write_all()
{
	local directory

	for directory in "$secrets" "$project/staging/secrets" "$project/dev/secrets"; do
		echo "canary-plain" >"$directory/PLAIN" || true
		printf 'canary-first\ncanary-second' >"$directory/LINES" || true
		echo '{"canary-json": "canary-inner"}' >"$directory/JSON" || true
		printf 'canary-bad\xff' >"$directory/BAD" || true
		echo ' canary-space' >"$directory/BAD" || true
	done 2>/dev/null
}
write_all
for answer in '"status": 403, "code": 10000' '"status": 400, "code": 10054' '"status": 500' '"raw": "x"' \
	'"status": 409, "code": 10035'; do
	rule "{\"method\": \"PUT\", $answer, \"echo_value\": true, \"times\": -1}"
	write_all
	rules_clear
done
cat "$secrets/PLAIN" "$project/dev/secrets/STRIPE_KEY" >/dev/null
rm "$secrets/PLAIN" "$project/dev/secrets/PLAIN"
cat "$mnt/.errors" >all-errors
cat "$mnt/.status" >all-status
[ -s "$log" ] || fail "-d logged nothing"
has_message "$log" PLAIN
hsxfs_expect_log .
hsxfs_unmount
for place in "$log" all-errors all-status; do
	has_no "$place" canary "$token" "$(printf canary | base64 | cut -c 1-8)"
done
