#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A program that another one takes the place of by exec(2), with a value unsent in a file that is closed
#   by it, holds up nobody else, whatever the server takes.
#
# While it closes files, Linux 6.18 lets whoever asks for /proc/PID/exe or stat wait.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write

# begin NAME: leaves a value to the exec, which waits for the server.
begin()
{
	python3 - "$secrets/$1" <<-'END' &
		import os, sys
		file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC)
		os.write(file, b'{"half": 1')
		os.execv("/bin/sh", ["sh", "-c", "echo goes on >went-on"])
	END
	program=$!
}

sent()
{
	grep -q "\"path\":\"[^\"]*/$1\"" "$journal" 2>/dev/null
}

for sandbox in on off; do
	hsxfs_mount -o sandbox=$sandbox,ttl=0
	ls "$secrets" >listing
	rule '{"method": "PUT", "path": "*", "delay_ms": 5000}'
	rm -f went-on
	begin "EXEC_$sandbox"
	wait_until 10 sent "EXEC_$sandbox"
	for _ in 1 2 3; do
		expect_within 500 expect_status 0 timeout 5 ls "$secrets"
	done
	expect_within 500 expect_status 0 timeout 5 cat "$mnt/.status"
	[ ! -e went-on ] || fail "the program did not wait"
	wait "$program" || fail "the program failed"
	expect_equal "$(cat went-on)" 'goes on'
	expect_equal "$(value_of "EXEC_$sandbox")" '{"half": 1'
	rules_clear
	hsxfs_unmount
done
