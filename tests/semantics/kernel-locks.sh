#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > While a write waits, a second write to the same file waits in the kernel, where not even SIGKILL
#   ends it before the first has its verdict.
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

# writes NAME TEXT: opens without truncating, since open(2) would wait there too.
writes=(python3 -c 'import os, sys
os.write(os.open(sys.argv[1], os.O_WRONLY), os.fsencode(sys.argv[2]))')
rule '{"method": "PUT", "delay_ms": 1500, "times": -1}'
start_waiting "${writes[@]}" "$secrets/STRIPE_KEY" first
first=$waiting
wait_for_requests 1
start_waiting "${writes[@]}" "$secrets/STRIPE_KEY" second
second=$waiting
sleep 0.5
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
hsxfs_unmount
