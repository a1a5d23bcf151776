#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The keeper holds nothing of whoever started the daemon, and whichever of the two is ended first, the
# mount goes.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
mkdir mnt
hsxfs_mounts+=("$mnt")

# one_named NAME: the process of this mount that has the name.
one_named()
{
	local pid

	for pid in $(pgrep -f "$config"); do
		[ "$(cat "/proc/$pid/comm")" != "$1" ] || echo "$pid"
	done
}

not_mounted()
{
	! is_mounted "$mnt"
}

ended()
{
	! pgrep -f "$config" >/dev/null
}

unmount()
{
	fusermount3 -u "$mnt"
	wait_until 5 ended
}

# A pipe of its output ends when it is mounted: `timeout' would end the reader that still waits.
for command in 'text=$("$@") && [ -z "$text" ]' '"$@" | cat' '"$@" 2>&1 | cat' 'text=$("$@" 2>&1)'; do
	expect_within 5000 expect_status 0 timeout 10 bash -c "set -o pipefail; $command" - \
		"$HSXFS_BUILD/hsxfs" "$config" "$mnt"
	is_mounted "$mnt" || fail "not mounted after $command"
	expect_status 0 ls "$secrets"
	unmount
done

# start [ARGUMENT...]: sets keeper and daemon; file descriptor 8 is what a caller may have open.
start()
{
	exec 8>held
	expect_status 0 timeout 20 "$HSXFS_BUILD/hsxfs" "$config" "$mnt" "$@"
	exec 8>&-
	keeper=$(one_named hsxfs-keeper)
	daemon=$(one_named hsxfs)
	[ -n "$keeper" ] || fail "there is no keeper"
	[ -n "$daemon" ] || fail "there is no daemon"
}

start
find "/proc/$keeper/fd" -type l -printf '%f %l\n' | sort >open
expect_equal "$(cut -d ' ' -f 1 open | tr '\n' ' ')" '0 1 2 3 4 ' "the keeper's descriptors"
expect_equal "$(cut -d ' ' -f 2 open | grep -v '^/dev/null$' | sed 's/:.*//' | uniq)" socket \
	"what the keeper has open"
expect_equal "$(readlink "/proc/$keeper/cwd")" / "where the keeper is"
kill -TERM "$daemon" "$keeper"
wait_until 5 not_mounted
wait_until 5 ended

start
kill -INT "$keeper" "$daemon"
wait_until 5 not_mounted
wait_until 5 ended

# without_keeper [ARGUMENT...]
without_keeper()
{
	start "$@"
	kill -KILL "$keeper"
	wait_until 5 eval '[ "$(awk "/State/ { print \$2 }" "/proc/$keeper/status" 2>/dev/null || echo Z)" = Z ]'
	expect_status 0 ls "$secrets"
	wait_until 2 grep -q 'the keeper process is gone' "$mnt/.errors"
	kill -TERM "$daemon"
	wait_until 5 ended
}

# Without a keeper a daemon without sandbox unmounts by itself.
without_keeper -o sandbox=off
wait_until 5 not_mounted

# One in its sandbox cannot; it ends all the same.
without_keeper
expect_failure ls "$mnt"
fusermount3 -u -z "$mnt"
expect_equal "$(ls -A mnt)" "" "what is left at the mount point"

# Killed in the moment in which it mounts: the keeper has not been told that it is mounted.
for _ in {1..40}; do
	"$HSXFS_BUILD/hsxfs" -f "$config" "$mnt" >>"$log" 2>&1 &
	daemon=$!
	until is_mounted "$mnt"; do
		kill -0 "$daemon" || fail "not mounted: $(tail -n 3 "$log")"
	done
	kill -KILL "$daemon"
	wait "$daemon" || true
	wait_until 5 not_mounted
done
