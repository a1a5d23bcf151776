#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A caller that is ended while its change waits for its turn has sent nothing, and never does.
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
rules_clear
wait "$first" || true
expect_errno ok write "$secrets/LAST" last
sleep 0.3
curl -sS -f "$admin/requests" >all
has_no all never-sent
expect_equal "$(requests DELETE)" 0 "removals sent"
expect_equal "$(value_of WAITS || echo none)" none
hsxfs_unmount
