#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PLAIN-ONLY: the sanitizers want to be loaded before libfaketime
#
# > A time does not go back while mounted, also where the clock does.
#
# The wall clock jumps a day ahead, and then two back: no deadline and no listing takes notice, and what
# was set has the later time until the next mount.

. "$HSXFS_TESTS/lib/common.sh"

library=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1)
[ -n "$library" ] || skip "libfaketime is not installed"

emulator_start
config_write
echo '+0' >clock
export FAKETIME_TIMESTAMP_FILE=$PWD/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
export LD_PRELOAD=$library
# The library reads its file whenever the time is asked for, which the sandbox would not let it.
hsxfs_mount -o deadline=2,ttl=60,sandbox=off
unset LD_PRELOAD
ls "$secrets" >/dev/null

ahead=$(date -u -d '+1 day' +%F)
shown=1980-01-02
for jump in +1d -1d; do
	echo "$jump" >clock
	requests_clear
	expect_status 0 ls -l "$secrets"
	expect_equal "$(requests)" 0 "requests after a jump of $jump"
	expect_output "$shown" date -u -r "$secrets/STRIPE_KEY" +%F
	expect_errno ok write "$secrets/STRIPE_KEY" "value $jump"
	shown=$ahead
	expect_output "$shown" date -u -r "$secrets/STRIPE_KEY" +%F
	expect_equal "$(value_of STRIPE_KEY)" "value $jump"
	rule '{"method": "PUT", "hang": true, "times": 1}'
	expect_errno 'write ETIMEDOUT' write "$secrets/HANGS" value
	rules_clear
	sleep 1.2
	expect_errno ok write "$secrets/AFTER" value
	day=$(date -u -d "${jump/d/ day}" +%F)
	has_message "$mnt/.errors" "\"time\":\"$day.*ETIMEDOUT"
	kill -HUP "$daemon"
	ls "$secrets" >/dev/null
	expect_output "$shown" date -u -r "$secrets/STRIPE_KEY" +%F
done
hsxfs_unmount
# What is still to come is not believed.
hsxfs_mount
expect_output "$(date -u -d '-1 day' +%F)" date -u -r "$secrets/STRIPE_KEY" +%F
hsxfs_unmount
