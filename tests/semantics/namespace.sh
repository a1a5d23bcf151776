#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A caller whose process id means nothing to the daemon.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

unshare --pid --fork true 2>/dev/null || skip "unshare --pid is not allowed here"
emulator_start
config_write
mkdir -p "$mnt"
hsxfs_mounts+=("$mnt")
hsxfs_background unshare --pid --fork "$HSXFS_BUILD/hsxfs" -f "$config" "$mnt" -o deadline=3
wait_until 10 is_mounted "$mnt"
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
