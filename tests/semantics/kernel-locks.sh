#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > While a write waits, a second write to the same file waits in the kernel, where not even SIGKILL
#   ends it before the first has its verdict.
# > While a lookup waits, other names of its directory can be looked up, opened and removed, and it can
#   be listed; whoever does that is gone within half a second of a signal that ends him.
# > While a lookup waits, whoever looks up the same name waits in the kernel, where not even SIGKILL ends
#   him before it is answered; so does whoever opens a file in its directory with O_CREAT, and after him
#   every lookup there.
# > While a removal waits, listing that directory, and opening for writing in it, wait in the kernel
#   as well; other directories do not.
#
# What the kernel's own locks hold, while something waits for its verdict.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

emulator_start
config_write
hsxfs_mount
ls -l "$secrets" "$project/staging/secrets" >/dev/null

is_gone()
{
	! kill -0 "$1" 2>/dev/null
}

# In the kernel, where no signal ends it.
is_held()
{
	[ "$(sed 's/.*) //' "/proc/$1/stat" | cut -c 1)" = D ]
}

# writes NAME TEXT: opens without truncating, since open(2) would wait there too.
writes=(python3 -c 'import os, sys
os.write(os.open(sys.argv[1], os.O_WRONLY), os.fsencode(sys.argv[2]))')
rule '{"method": "PUT", "delay_ms": 4000, "times": -1}'
start_waiting "${writes[@]}" "$secrets/STRIPE_KEY" first
first=$waiting
wait_for_requests 1
start_waiting "${writes[@]}" "$secrets/STRIPE_KEY" second
second=$waiting
wait_until 3 is_held "$second"
kill -KILL "$second"
sleep 0.3
is_gone "$second" && fail "the second writer did not wait in the kernel"
wait "$first"
expect_within 150 eval 'wait "$second" || true'
expect_equal "$(value_of STRIPE_KEY)" first
sleep 0.2
expect_equal "$(requests PUT)" 1 "PUTs"
rules_clear

rule '{"method": "DELETE", "delay_ms": 2000, "times": -1}'
start_waiting rm "$secrets/ONLY_HERE"
removal=$waiting
wait_for_requests 1 DELETE
start_waiting ls "$secrets"
listing=$waiting
start_waiting bash -c "echo value >'$secrets/STRIPE_KEY'"
writer=$waiting
expect_within 200 expect_status 0 ls "$project/staging/secrets" "$project/production"
expect_within 200 bash -c "echo value >'$project/staging/secrets/STRIPE_KEY'"
sleep 0.5
is_gone "$listing" && fail "the listing did not wait"
is_gone "$writer" && fail "the open did not wait"
wait "$removal"
wait "$listing"
wait "$writer"
rules_clear
hsxfs_unmount

# Where nothing is known yet. What ends by a signal ends long before the lookup is answered.
cold=$project/staging/secrets
hsxfs_mount
stat "$cold" >/dev/null
rule '{"method": "GET", "delay_ms": 9000, "times": -1}'
start_waiting stat "$cold/NOT_THERE"
lookup=$waiting
wait_for_requests 1 GET
opens=(python3 -c 'import os, sys; os.open(sys.argv[1], os.O_WRONLY)')
start_waiting stat "$cold/OTHER"
others=("$waiting")
start_waiting "${opens[@]}" "$cold/ANOTHER"
others+=("$waiting")
start_waiting rm "$cold/RESEND_API_KEY"
others+=("$waiting")
start_waiting ls "$cold"
others+=("$waiting")
sleep 0.5
for other in "${others[@]}"; do
	end_waiting KILL 500 "$other"
done

start_waiting stat "$cold/NOT_THERE"
same=$waiting
wait_until 2 is_held "$same"
start_waiting bash -c "echo never >'$cold/STRIPE_KEY'"
creator=$waiting
wait_until 2 is_held "$creator"
start_waiting stat "$cold/LATER"
later=$waiting
wait_until 2 is_held "$later"
kill -KILL "$same" "$creator" "$later"
sleep 0.3
for held in "$same" "$creator" "$later"; do
	is_held "$held" || fail "process $held did not wait in the kernel"
done
is_gone "$lookup" && fail "the lookup was answered too early for this"
rules_clear
for held in "$lookup" "$same" "$creator" "$later"; do
	wait "$held" || true
done
expect_equal "$(value_of STRIPE_KEY "$staging")" value
hsxfs_unmount
