#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Where hsxfs cannot see what a caller wants (Yama, or another process-id namespace), the first
#   O_EXCL of a new name in such a directory is EEXIST, and the second is right.
# > O_EXCL, O_APPEND and `touch` in a directory that was not listed yet ask first: what exists is not
#   taken for new.
# > A caller in a process-id namespace that hsxfs cannot see is not ended by a signal before its
#   request ends.
#
# Callers whose process ids mean nothing to the daemon.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

unshare --pid --fork true 2>/dev/null || skip "unshare --pid is not allowed here"
emulator_start
config_write
mkdir -p "$mnt"
hsxfs_mounts+=("$mnt")

apart()
{
	hsxfs_background unshare --pid --fork "$HSXFS_BUILD/hsxfs" -f "$config" "$mnt" -o deadline=3
	wait_until 10 is_mounted "$mnt"
}

apart
expect_errno 'open EEXIST' exclusive "$secrets/NEW" value
expect_errno ok exclusive "$secrets/NEW" value
expect_errno 'open EEXIST' exclusive "$secrets/NEW" value
fusermount3 -u "$mnt"
wait "$background"

apart
expect_status 0 touch "$secrets/STRIPE_KEY"
fusermount3 -u "$mnt"
wait "$background"

apart
expect_status 0 sh -c "echo value >>'$secrets/APPENDED'"
expect_equal "$(value_of APPENDED)" value
fusermount3 -u "$mnt"
wait "$background"

apart
ls "$secrets" >/dev/null
rule '{"method": "PUT", "delay_ms": 60000, "times": -1}'
start_waiting bash -c "echo value >'$secrets/X'"
wait_for_requests 1
kill -KILL "$waiting"
sleep 1
kill -0 "$waiting" 2>/dev/null || fail "it is gone before its request"
expect_equal "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$waiting/status")" D "its state"
wait "$waiting" || status=$?
expect_equal "$status" 137 "its status at the deadline"
rules_clear
fusermount3 -u "$mnt"
wait "$background"
