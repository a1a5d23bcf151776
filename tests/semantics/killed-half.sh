#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > What such a caller wrote and had not sent is wiped: no close sends half a value.
#
# Half a value: two lines of a `cat > S` that is ended before its close, alone and with its shell.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear
export FILE=$secrets/HALF

# half SIGNAL SCRIPT: it copies two lines from a pipe that stays open, until the signal comes.
half()
{
	rm -f pipe
	mkfifo pipe
	setsid env --default-signal bash -c "$2" &
	waiting=$!
	exec 3>pipe
	env printf 'one\ntwo\n' >&3
	sleep 0.3
	if [ "$1" = KILL ]; then
		# Whoever shares the descriptor goes first, else it is his to close.
		kill -KILL -- "-$waiting"
	else
		kill "-$1" -- "-$waiting"
	fi
	wait "$waiting" 2>/dev/null || true
	exec 3>&-
	sleep 0.1
	expect_equal "$(requests)" 0 "requests after $1 of $2"
}

for signal in INT TERM HUP KILL; do
	# shellcheck disable=SC2016 # the inner shell's
	half "$signal" 'exec cat pipe >"$FILE"'
	# shellcheck disable=SC2016
	half "$signal" 'cat pipe >"$FILE"; true'
	# shellcheck disable=SC2016
	half "$signal" '{ cat; } <pipe >"$FILE"'
done

# Without a signal the same is sent.
printf 'one\ntwo\n' | cat >"$FILE"
expect_equal "$(value_of HALF)" $'one\ntwo'
hsxfs_unmount
