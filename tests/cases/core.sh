#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PLAIN-ONLY: AddressSanitizer keeps what is freed on purpose
#
# > A core that root takes of the daemon or the keeper has no value and no token, not even of a write that is
#   on its way; a daemon that crashes leaves none.
# > Every copy of a value that is on its way, and of the token, is in memory that is never swapped, libcurl's
#   over TLS too.
#
# generate-core-file of gdb, of all memory but what the program excludes, and of that as well.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/tls.sh"

[ "$(id -u)" = 0 ] || skip 'only root may look into the memory of the daemon'
[ "$(ulimit -H -l)" = unlimited ] || [ "$(ulimit -H -l)" -ge 8192 ] || skip 'ulimit -l is under 8 MiB'

memory=$HSXFS_TESTS/lib/memory.py

# core_of PID FILE [on]: with `on', the mappings too that the program excludes from a core.
core_of()
{
	expect_status 0 gdb -batch -nx -iex 'set debuginfod enabled off' -p "$1" \
		-ex "set dump-excluded-mappings ${3-off}" -ex "generate-core-file $2"
	[ -s "$2" ] || fail "no core of $1: $(cat errors)"
}

# hits VALUE-FILE FILE...: in how many ways it is there.
hits()
{
	python3 "$memory" find-in "$@" | wc -l
}

keeper_of()
{
	pgrep -P "$1" hsxfs-keeper
}

emulator_start
tls_start
printf %s "$token" >token-alone

for how in http tls; do
	# shellcheck disable=SC2016 # jq variables
	if [ "$how" = tls ]; then
		config_write '.accounts.acct_demo.cloudflare |= (.api = $api | .ca_file = $ca)' \
			--arg ca "$PWD/ca.pem" --arg api "$tls_api"
	else
		config_write
	fi
	hsxfs_mount
	keeper=$(keeper_of "$daemon")
	ls "$secrets" >output

	# Right after a write. The second core has all that the first has, and the locked pages.
	python3 -c 'import secrets; print(secrets.token_urlsafe(40) + "\"\\")' >value
	expect_status 0 cp value "$secrets/AFTER_A_WRITE"
	core_of "$daemon" core.daemon
	core_of "$daemon" core.all on
	core_of "$keeper" core.keeper on
	expect_equal "$(value_of AFTER_A_WRITE)" "$(cat value)"
	expect_equal "$(hits value core.daemon core.all core.keeper)" 0 "$how: hits of the value"
	expect_equal "$(hits token-alone core.daemon core.keeper)" 0 "$how: hits of the token"
	expect_equal "$(hits token-alone core.all)" 1 "$how: hits of the token in the locked pages"
	echo AFTER_A_WRITE >name
	expect_equal "$(hits name core.daemon)" 1 "$how: hits of a name, which is no secret"

	# While it is on its way, also one that libcurl needs several sends for.
	for size in 30 40000; do
		rule '{"method": "PUT", "hang": true, "times": 1}'
		python3 -c "import secrets; print(secrets.token_urlsafe($size))" >value
		cat value >"$secrets/WAITS" &
		writer=$!
		wait_until 10 eval '[ "$(requests PUT)" -ge 2 ]'
		expect_status 0 python3 "$memory" find value "$daemon"
		grep -q ' locked raw' output || fail "$how: a value on its way is not found"
		expect_equal "$(grep -c unlocked output || true)" 0 "$how: unlocked copies of $size bytes"
		expect_status 0 python3 "$memory" find token-alone "$daemon"
		expect_equal "$(grep -c unlocked output || true)" 0 "$how: unlocked copies of the token"
		core_of "$daemon" core.daemon
		core_of "$daemon" core.all on
		expect_equal "$(hits value core.daemon)" 0 "$how: hits of $size bytes on their way"
		expect_equal "$(hits value core.all)" 1 "$how: hits in the locked pages"
		kill -KILL "$writer"
		wait "$writer" || true
		rules_clear
		requests_clear
		echo value >"$secrets/WAITS"
	done
	rm -f core.*
	hsxfs_unmount
done

# crash SIGNAL COMMAND...: once FILE `ready' is there, ends the command and says whether it left a core.
cat >crash.py <<'PYTHON'
import os, signal, subprocess, sys, time

process = subprocess.Popen(sys.argv[2:])
while not os.path.exists("ready"):
    time.sleep(0.02)
os.kill(process.pid, getattr(signal, sys.argv[1]))
_, status = os.waitpid(process.pid, 0)
print(signal.Signals(os.WTERMSIG(status)).name, "core" if os.WCOREDUMP(status) else "none")
PYTHON
config_write
ulimit -S -c unlimited 2>/dev/null || true
touch ready
python3 crash.py SIGSEGV sleep 100 >control
for signal in SIGSEGV SIGABRT; do
	rm ready
	hsxfs_mounts+=("$mnt")
	python3 crash.py "$signal" "$HSXFS_BUILD/hsxfs" -f "$config" "$mnt" >crashed 2>>"$log" &
	wait_until 10 is_mounted "$mnt"
	echo value >"$secrets/CRASH"
	touch ready
	wait $!
	expect_equal "$(cat crashed)" "$signal none"
	wait_until 5 eval '! is_mounted "$mnt"'
done
# The same says "core" of another program, unless the system is told to write none.
[ "$(cat /proc/sys/kernel/core_pattern)" != core ] || [ "$(ulimit -H -c)" = 0 ] ||
	expect_equal "$(cat control)" 'SIGSEGV core'
