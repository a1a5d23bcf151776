#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A change that had no turn within `queue` is EBUSY, and was not sent; `deadline` counts from when
#   its request is sent.
#
# How long a change waits for its turn, and what its deadline counts from.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

emulator_start
config_write
hsxfs_mount -o queue=0.5,deadline=5
ls "$secrets" >/dev/null
rule '{"method": "PUT", "delay_ms": 5000}'
requests_clear
start_waiting bash -c "echo first >'$secrets/FIRST'"
wait_for_requests 1
expect_within 1000 expect_errno 'write EBUSY' write "$secrets/LATE" value
tail -n 1 "$mnt/.errors" >last
has_message last 'queue'
kill -KILL "$waiting"
rules_clear
expect_errno ok write "$secrets/NEXT" value
expect_equal "$(requests)" 2 "requests"
expect_equal "$(value_of LATE || echo none)" none
hsxfs_unmount

# It waits 1.2 s and takes 1.2 s.
hsxfs_mount -o deadline=1.6
ls "$secrets" >/dev/null
requests_clear
rule '{"method": "P*", "delay_ms": 1200, "times": -1}'
start_waiting bash -c "echo first >'$secrets/FIRST'"
wait_for_requests 1
expect_errno ok write "$secrets/SECOND" value
expect_equal "$(value_of SECOND)" value
hsxfs_unmount
