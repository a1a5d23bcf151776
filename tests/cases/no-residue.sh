#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 240
# PLAIN-ONLY: AddressSanitizer keeps what is freed on purpose
#
# > Of a value nothing is left in the memory of the daemon and of its keeper when the call that sent it
#   has returned: not as it is, not as in JSON or a URL, not in base64; neither over HTTP nor with
#   TLS, whether it was stored, refused or interrupted, and while the connection stays open.
# > The token is once in the daemon's memory, in a page that is never swapped, and not in the
#   keeper's.
# > No value is in the state directory, and the memory that holds one on its way is locked.
#
# The look must find what is there: a name, which is no secret, and a value on its way.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/tls.sh"

[ "$(id -u)" = 0 ] || skip 'only root may look into the memory of the daemon'

memory=$HSXFS_TESTS/lib/memory.py
values=${HSXFS_VALUES:-12}

default_seed | jq '.limits = {value_bytes: 5120, variables: 1000}' >seed.json
emulator_start seed.json
tls_start

keeper_of()
{
	pgrep -P "$1" | while read -r child; do
		[ "$(cat "/proc/$child/comm")" != hsxfs-keeper ] || echo "$child"
	done
}

hits=0

# try HOW OUTCOME WAY: writes values, and adds a row to the table.
try()
{
	local found

	expect_status 0 python3 "$memory" write "$values" "$secrets" "$3" "$daemon" "$keeper"
	has_message output "^$values values"
	found=$(sed '$d' output | grep -c . || true)
	printf '%-6s %-12s %-8s %4s values %4s hits\n' "$1" "$2" "$3" "$values" "$found" >>table
	[ "$found" = 0 ] || sed '$d' output | sort | uniq -c | sort -rn | head -n 5
	hits=$((hits + found))
}

for how in http tls; do
	if [ "$how" = tls ]; then
		config_write '.accounts.acct_demo.cloudflare.api = $api
			| .accounts.acct_demo.cloudflare.ca_file = $ca' \
			--arg ca "$PWD/ca.pem" --arg api "$tls_api"
		sed -i "s|\"api\": .*|\"api\": \"$tls_api\",|" "$config"
	else
		config_write
	fi
	hsxfs_mount -o rm=free
	keeper=$(keeper_of "$daemon")
	[ -n "$keeper" ] || fail 'no keeper'
	expect_status 0 ls "$secrets"
	for way in write close rename; do
		try "$how" stored "$way"
	done
	rule '{"method": "PUT", "status": 400, "code": 10054, "message": "refused", "times": -1}'
	for way in write close rename; do
		try "$how" refused "$way"
	done
	rules_clear
	rule '{"method": "PUT", "hang": true, "times": -1}'
	try "$how" interrupted killed
	rules_clear

	# The token: the bytes in the arena, which libcurl's copies are made of.
	expect_status 0 python3 "$memory" find token "$daemon"
	expect_equal "$(awk '{print $3, $4}' output)" 'locked raw' "$how: where the token is"
	expect_status 0 python3 "$memory" find token "$keeper"
	expect_equal "$(grep -c . output || true)" 0 "$how: the token in the keeper"

	# What is there is found: a name, and a value on its way, which is in locked memory.
	echo PLANTED_NAME_4711 >planted
	echo value >"$secrets/PLANTED_NAME_4711"
	expect_status 0 python3 "$memory" find planted "$daemon"
	[ "$(grep -c . output)" -gt 0 ] || fail 'a name that is known is not found'
	rule '{"method": "PUT", "hang": true, "times": 1}'
	echo 'on-its-way-"8151"' >on-its-way
	(cat on-its-way >"$secrets/WAITS") &
	writer=$!
	sleep 0.5
	expect_status 0 python3 "$memory" find on-its-way "$daemon"
	grep -q ' locked raw' output || fail 'a value on its way is not found'
	cp output "on-its-way.$how"
	kill -KILL "$writer"
	rules_clear
	wait "$writer" || true
	sleep 0.1
	expect_status 0 python3 "$memory" find on-its-way "$daemon" "$keeper"
	expect_equal "$(grep -c . output || true)" 0 "$how: hits of the value whose writer was killed"
	hsxfs_unmount
done

cat table
find "$XDG_STATE_HOME" -type f -exec python3 "$memory" find-in on-its-way {} + >state-hits
expect_equal "$(cat state-hits)" '' 'values in the state directory'
expect_equal "$hits" 0 'hits'
cp table summary
