#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 60
#
# > What execve(2) closes is sent as by any other close, although nobody sees its verdict, and holds up
#   neither the mount nor anybody who looks at processes.
#
# The kernel holds a lock on a process that closes its files for a new program: whoever looks then at
# its `/proc/PID/exe` or `/proc/PID/stat` waits for that, also the daemon, on which the close waits.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write

# exec_over NAME: leaves two lines to be sent by the close that is part of an execve.
exec_over()
{
	python3 -c 'import os, sys
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
os.write(file, b"one\ntwo\n")
os.execv("/bin/true", ["true"])' "$secrets/$1"
}

for option in on off; do
	hsxfs_mount -o "sandbox=$option"
	ls "$secrets" >/dev/null
	# Such a wait ends with the daemon alone, and others on this machine would have it, too.
	python3 -c 'import os, sys, time
time.sleep(20)
os.kill(int(sys.argv[1]), 9)' "$daemon" &
	watch=$!
	hsxfs_processes+=("$watch")
	exec_over "EXEC_$option"
	kill "$watch"
	expect_equal "$(value_of "EXEC_$option")" $'one\ntwo' "the value with sandbox=$option"
	expect_status 0 ls "$secrets"
	tail -n 2 "$mnt/.audit" | head -n 1 >intent
	has_message intent '"program": *"[^"]*python3'
	hsxfs_unmount
done
