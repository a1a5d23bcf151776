#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PLAIN-ONLY: AddressSanitizer keeps what is freed on purpose
#
# > Every copy of a value that is on its way, and of the token, is in memory that is never swapped, libcurl's over
#   TLS too.
#
# Also while a renewed token comes from the keeper, and while a `.dev.vars` file is read: a debugger stops the
# daemon there, and its memory is searched.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to look into the daemon"
command -v gdb >/dev/null || skip "gdb is not installed"

emulator_start
config_write
mkdir -p dev
printf value-in-a-dotenv-file-8842 >value
(umask 077 && printf 'NAME=%s\n' "$(cat value)" >dev/.dev.vars)
hsxfs_mount -o ttl=0
ls "$secrets" >/dev/null

# stopped_in FUNCTION WORD TEXT-FILE COMMAND...: what of the text is in memory when the function is called, and
# after the debugger's word.
stopped_in()
{
	local function=$1 after=$2 text=$3

	shift 3
	cat >commands <<-END
		set pagination off
		set confirm off
		break $function
		shell touch ready
		continue
		$after
		shell python3 "$HSXFS_TESTS/lib/memory.py" find "$text" $daemon >found 2>&1
		detach
		quit
	END
	rm -f ready found
	timeout 60 gdb -q -batch -nx -iex 'set debuginfod enabled off' -p "$daemon" -x commands >gdb.log 2>&1 &
	debugger=$!
	wait_until 30 test -e ready
	"$@" &
	wait "$debugger" || true
	wait $! || true
	cat found
	grep -qw locked found || fail "$function: nothing was found: $(tail -n 5 gdb.log)"
	if grep -w unlocked found; then
		fail "$function: in memory that can be swapped"
	fi
}

printf token-renewed-0123456789abcdef >renewed
cp renewed token
stopped_in token_came "" renewed kill -HUP "$daemon"
stopped_in value_read finish value ls "$project/dev/secrets"
hsxfs_unmount
