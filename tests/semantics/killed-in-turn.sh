#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A caller that is ended while its change waits for its turn has sent nothing, and never does.
# > At most one request that changes a Worker runs at a time; different Workers do not wait for each
#   other.
#
# Callers that are ended before anything of theirs was sent.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
rule '{"method": "PUT", "delay_ms": 5000, "times": -1}'

(echo first >"$secrets/FIRST") &
first=$!
wait_for_requests 1
(echo stays >"$secrets/STAYS") &
stays=$!
sleep 0.2
for signal in KILL TERM HUP; do
	start_waiting bash -c "echo never-sent >'$secrets/WAITS'"
	sleep 0.3
	end_waiting "$signal" 500
	tail -n 1 "$mnt/.errors" >last
	has_message last 'interrupted before anything was sent'
done
start_waiting rm "$secrets/STRIPE_KEY"
sleep 0.3
end_waiting KILL 500
expect_equal "$(requests)" 2 "requests while the first change is on its way: that, and the listing"
rules_clear
wait "$first" "$stays" || true
expect_equal "$(value_of STAYS)" stays
expect_errno ok write "$secrets/LAST" last
sleep 0.3
curl -sS -f "$admin/requests" >all
has_no all never-sent
expect_equal "$(requests DELETE)" 0 "removals sent"
expect_equal "$(value_of WAITS || echo none)" none
hsxfs_unmount
