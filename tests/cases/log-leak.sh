#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > No value and no token is in `.status`, in `.errors`, in the journal or in what `-d` prints, whatever the API
#   answers.
#
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

# Long values, keys of several lines, and values that only need escapes, repeated by the server in its
# message: as they are, cut, or encoded. The token too.
openssl genpkey -algorithm ed25519 >key.pem
long=canary-$(printf 'x%.0s' {1..1000})
key_line=$(sed -n 2p key.pem)

# echoed MESSAGE VALUE: the server refuses the value, and a listing, with that message.
echoed()
{
	rule "$(jq -n --arg message "$1" \
		'{method: "PUT", status: 400, code: 10054, message: $message, times: -1}')"
	rule "$(jq -n --arg message "$1" \
		'{method: "GET", status: 400, code: 10054, message: $message, times: 1}')"
	printf '%s\n' "$2" | cat >"$secrets/ECHOED" && fail "a refused value was taken"
	kill -HUP "$daemon"
	rules_clear
}
{
	echoed "$(cat key.pem)" "$(cat key.pem)"
	echoed "$key_line" "$(cat key.pem)"
	echoed "got ${key_line:10:20}" "$(cat key.pem)"
	echoed "$long" "$long"
	echoed "got ${long:0:40}" "$long"
	echoed 'got canary\"quoted\\canary' 'canary"quoted\canary'
	echoed 'got canary%2Fquoted%26' 'canary/quoted&'
	echoed "got $(printf canary-base64-value | base64)" canary-base64-value
	echoed "bad token $token" key
	echoed "Bearer ${token:4:12}" key
} 2>/dev/null
expect_equal "$(grep -c withheld "$mnt/.errors")" 10 "texts withheld from writers"
rule "$(jq -n --arg message "for $token" '{method: "GET", status: 403, code: 9109, message: $message, times: 1}')"
kill -HUP "$daemon"
ls "$project/staging/secrets" >/dev/null 2>&1 || true
rules_clear

# In the header that names a request, too, where a value may look like such a name.
digits=00ca9a7f1d2e3b4c
for answer in '"status": 400, "code": 10054,' ''; do
	for ray in "$token" canary-in-header "$digits" "$digits-AMS" ffffffffffffffff-AMS; do
		rule "{\"method\": \"PUT\", $answer \"headers\": {\"cf-ray\": \"$ray\"}}"
		echo "canary-in-header $digits" >"$secrets/RAY" || true
	done 2>/dev/null
done
expect_equal "$(grep -c '"request_id":"ffffffffffffffff-AMS"' "$journal")" 2 'the names of requests that are told'

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
for place in "$log" all-errors all-status "$journal"; do
	has_no "$place" canary "$token" "${token:4:12}" "$(printf canary | base64 | cut -c 1-8)" \
		"$key_line" "${key_line:10:20}" xxxxxxxx "${digits:0:8}"
done
