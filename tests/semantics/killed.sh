#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A caller that a signal ends (KILL, or TERM, HUP, INT with their default) while its request is on
#   the way is gone within half a second.
# > What was on its way for such a caller may have arrived: `.errors` says "outcome unknown", and
#   nothing more is sent of it.
#
# Callers that a signal ends while their request takes 5 s.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
put='{"method": "PUT", "delay_ms": 5000, "times": -1}'

said_unknown()
{
	tail -n 1 "$mnt/.errors" >last
	has_message last '"message":"[^"]*outcome unknown'
	has_message last "/$1\""
}

for signal in KILL TERM HUP INT; do
	rules_clear
	rule "$put"
	requests_clear
	start_waiting python3 -c 'import signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
with open(sys.argv[1], "wb", 0) as file:
    file.write(b"killed\n")' "$secrets/$signal"
	wait_for_requests 1
	end_waiting "$signal" 500
	said_unknown "$signal"
	rules_clear
	sleep 0.2
	expect_equal "$(requests)" 1 "requests of a writer ended by $signal"

done

printf 'two\nlines' >two-lines
# In a close, a removal, a rename and a listing it is the same.
rule "$put"
rule "${put/PUT/DELETE}"
requests_clear
start_waiting cp two-lines "$secrets/CLOSE"
wait_for_requests 1
end_waiting KILL 500
said_unknown CLOSE
ls "$secrets" >/dev/null
requests_clear
start_waiting rm "$secrets/STRIPE_KEY"
wait_for_requests 1 DELETE
end_waiting TERM 500
said_unknown STRIPE_KEY
requests_clear
echo text >"$secrets/.temporary"
start_waiting mv "$secrets/.temporary" "$secrets/RENAMED"
wait_for_requests 1
end_waiting KILL 500
said_unknown RENAMED
rule "${put/PUT/GET}"
requests_clear
start_waiting ls "$project/staging/secrets"
wait_for_requests 1 GET
end_waiting TERM 500
rules_clear
sleep 0.2
expect_equal "$(requests 'P*')$(requests DELETE)" 00 "changes sent again"
hsxfs_unmount
