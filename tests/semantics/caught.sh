#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > No call gives EAGAIN, and none EINTR, but to a caller that is about to end.
# > A caught SIGINT or SIGQUIT ends the wait with ECANCELED.
# > Any other caught signal ends no call: a SIGURG every 5 ms does not disturb a write.
# > A signal that comes after an ignored one is seen too, within 0.1 s.
#
# Signals that a caller catches.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
signals=$HSXFS_TESTS/semantics/lib/signals.py

# waits SIGNAL DELAY: a writer that catches the signal, its request on the way for so long.
waits()
{
	rules_clear
	requests_clear
	rule "{\"method\": \"PUT\", \"delay_ms\": $2, \"times\": -1}"
	start_waiting python3 "$signals" "$1" "$secrets/$1" caught
	wait_for_requests 1
	kill "-$1" "$waiting"
}

for signal in INT QUIT; do
	waits "$signal" 5000
	expect_within 500 wait "$waiting"
	expect_equal "$(cat said)" 'write ECANCELED' "a writer that catches SIG$signal"
	tail -n 1 "$mnt/.errors" >last
	has_message last '"errno":"ECANCELED"'
done
for signal in TERM HUP USR1 ALRM CHLD WINCH URG; do
	waits "$signal" 400
	wait "$waiting"
	expect_equal "$(cat said)" ok "a writer that catches SIG$signal"
	expect_equal "$(value_of "$signal")" caught
done

# The kernel tells of the first signal alone; the second is seen all the same.
for second in INT KILL; do
	waits URG 5000
	sleep 0.3
	kill "-$second" "$waiting"
	case $second in
	KILL) expect_within 100 eval 'wait "$waiting" || true' ;;
	INT) expect_within 200 eval 'wait "$waiting" || true' ;;
	esac
done

# A storm of them.
rules_clear
rule '{"method": "PUT", "delay_ms": 5, "times": -1}'
expect_output ok python3 "$signals" --storm "$secrets" 100
[ "$(sed -n 's/^signals: //p' errors)" -ge 80 ] || fail "few signals: $(cat errors)"
curl -sS -f "$admin/state" | jq -e --arg script "$production" '.accounts[].scripts[$script].secrets
	| [range(100) as $i | select(.["NAME_\($i)"] != "value of \($i)")] == []' >/dev/null ||
	fail "not every value is stored"
hsxfs_unmount
