# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What a case can demand. The output of a command under test is in the files output and errors.

fail()
{
	echo "not so: $*" >&2
	exit 1
}

skip()
{
	echo "skipped: $*"
	exit 77
}

hsxfs_run()
{
	status=0
	"$@" >output 2>errors || status=$?
}

hsxfs_show_output()
{
	head -c 2000 output errors >&2
}

# expect_status N COMMAND...
expect_status()
{
	local wanted=$1

	shift
	hsxfs_run "$@"
	[ "$status" = "$wanted" ] && return
	hsxfs_show_output
	fail "exit status $status, not $wanted: $*"
}

# expect_failure COMMAND...: any status but 0, and something said on standard error.
expect_failure()
{
	hsxfs_run "$@"
	[ "$status" != 0 ] || fail "exit status 0: $*"
	[ -s errors ] || fail "exit status $status, but no message: $*"
}

# expect_output TEXT COMMAND...: status 0 and exactly this on standard output.
expect_output()
{
	local wanted=$1

	shift
	expect_status 0 "$@"
	expect_equal "$(cat output)" "$wanted" "$*"
}

# expect_equal ACTUAL WANTED [WHAT]
expect_equal()
{
	[ "$1" = "$2" ] || fail "${3:-it} is \`$1', not \`$2'"
}

# expect_within MILLISECONDS COMMAND...: the command's status is passed on. Sanitized programs have
# longer, but so that it stays under the stall, or the deadline, that it is told from.
expect_within()
{
	local limit=$(($1 * ${HSXFS_PATIENCE:-1})) started=${EPOCHREALTIME/./} status=0 taken

	shift
	"$@" || status=$?
	taken=$(((${EPOCHREALTIME/./} - started) / 1000))
	[ "$taken" -le "$limit" ] || fail "took $taken ms, not at most $limit: $*"
	return "$status"
}

# has_message FILE PATTERN: the file has a line that matches.
has_message()
{
	grep -Eq -- "$2" "$1" || fail "no \`$2' in $1: $(head -c 1000 "$1")"
}

# has_no FILE-OR-DIRECTORY TEXT...: none of these texts is in it.
has_no()
{
	local place=$1 text

	shift
	for text in "$@"; do
		if grep -rqaF -- "$text" "$place"; then
			fail "\`$text' is in $(grep -rlaF -- "$text" "$place" | tr '\n' ' ')"
		fi
	done
}

# wait_until SECONDS COMMAND...: this guards against hanging, so sanitized programs have longer.
wait_until()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000 * ${HSXFS_PATIENCE:-1}))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || fail "not in time: $*"
		sleep 0.01
	done
}

# expect_errno WANTED CALL ARGUMENT...: WANTED is what errno.py prints, such as `open EACCES'.
expect_errno()
{
	local wanted=$1

	shift
	expect_equal "$(python3 "$HSXFS_TESTS/lib/errno.py" "$@")" "$wanted" "$1 $(basename "$2")"
}
