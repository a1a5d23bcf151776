#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `fusermount3 -u` succeeds at once, also with a listing on its way, unless a process has a file
#   open there.
# > After SIGTERM or SIGINT, or `fusermount3 -u -z`, it is unmounted at once, and what runs gets its
#   verdict before the daemon ends with status 0.
# > A second SIGTERM or SIGINT ends the daemon at once; whoever waits gets ECONNABORTED.
# > After `kill -9` of the daemon the keeper unmounts within 1 s, and whoever waits gets
#   ECONNABORTED.
# > A value that was not sent before such an end is lost; its writer is told so by the write, or by
#   the close, with ENOTCONN.
#
# Every way to end, with something on its way.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

emulator_start
config_write
stall='{"method": "*", "delay_ms": 10000, "times": -1}'
errno=(python3 "$HSXFS_TESTS/lib/errno.py")

not_mounted()
{
	! is_mounted "$mnt"
}

# fusermount3 -u: a listing does not hold it up, nor do the writes that it has answered.
hsxfs_mount
ls "$secrets" >/dev/null
rule "$stall"
start_waiting ls "$project/staging/secrets"
wait_for_requests 2 GET
kill -KILL "$waiting"
wait "$waiting" || true
expect_within 500 hsxfs_unmount
rules_clear

hsxfs_mount
exec 3<"$secrets/STRIPE_KEY"
expect_status 1 fusermount3 -u "$mnt"
has_message errors 'busy'
exec 3<&-
hsxfs_unmount

# What runs gets its verdict, and the daemon ends well; the mount point is free at once.
for way in TERM INT lazy; do
	hsxfs_mount
	ls "$secrets" >/dev/null
	rule '{"method": "PUT", "delay_ms": 1500}'
	requests_clear
	start_waiting "${errno[@]}" write "$secrets/$way" value
	wait_for_requests 1
	case $way in
	lazy) fusermount3 -u -z "$mnt" ;;
	*) kill "-$way" "$daemon" ;;
	esac
	expect_within 150 wait_until 5 not_mounted
	kill -0 "$waiting" || fail "the writer did not wait"
	wait "$waiting"
	expect_equal "$(cat said)" ok "the verdict after $way"
	expect_equal "$(value_of "$way")" value
	expect_within 1000 wait "$daemon"
	hsxfs_check_log
done

# A second signal ends it there and then; what was not sent is not.
for waits in write flush; do
	hsxfs_mount
	ls "$secrets" >/dev/null
	rule "$stall"
	requests_clear
	if [ "$waits" = write ]; then
		start_waiting "${errno[@]}" write "$secrets/X" value
	else
		start_waiting "${errno[@]}" pieces "$secrets/X" $'two\nlines'
	fi
	wait_for_requests 1
	kill -TERM "$daemon"
	wait_until 1 not_mounted
	kill -TERM "$daemon"
	expect_within 1000 wait "$daemon"
	expect_within 500 wait "$waiting"
	has_message said '^(write|close|write.close) ECONNABORTED$'
	rules_clear
done

# kill -9: the keeper unmounts.
hsxfs_mount
ls "$secrets" >/dev/null
rule "$stall"
requests_clear
start_waiting "${errno[@]}" write "$secrets/X" value
wait_for_requests 1
# An open file with half a value: its writer is told at the close.
start_half()
{
	python3 -c 'import errno, os, sys, time
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.write(file, b"not sent\nnor this")
open("written", "w").close()
while not os.path.exists("ended"):
    time.sleep(0.01)
try:
    os.close(file)
    print("ok")
except OSError as error:
    print(errno.errorcode[error.errno])' "$secrets/HALF" >half 2>&1 &
	half=$!
	hsxfs_processes+=("$half")
	wait_until 5 test -e written
}
start_half
kill -KILL "$daemon"
expect_within 1000 wait_until 5 not_mounted
expect_within 1000 wait "$waiting"
has_message said 'write.* ECONNABORTED'
touch ended
wait "$half"
expect_equal "$(cat half)" ENOTCONN "the close of half a value"
wait "$daemon" || true
rules_clear
expect_equal "$(value_of HALF || echo none)" none
expect_status 0 ls "$mnt"
hsxfs_mount
expect_status 0 ls "$secrets"
hsxfs_unmount
