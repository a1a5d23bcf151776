#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PLAIN-ONLY: runs no program of ours
# The runner itself: verdicts, what a case leaves behind, the last line, the exit status, Ctrl-C.

. "$HSXFS_TESTS/lib/common.sh"

mkdir -p inner/tests/cases inner/build/unit
cp -r "$HSXFS_TESTS/run" "$HSXFS_TESTS/lib" inner/tests/
export -n HSXFS_BUILD HSXFS_TESTS HSXFS_SOURCE

# a_case NAME LINE...
a_case()
{
	local file=inner/tests/cases/$1.sh

	shift
	printf '%s\n' '#!/usr/bin/env bash' "$@" >"$file"
	chmod +x "$file"
}

# run_inner ARGUMENT...: sets status; what it says is in the file said.
run_inner()
{
	status=0
	env -u CI -u HSXFS_BUILD "${environment[@]}" inner/tests/run "$@" >said 2>&1 || status=$?
}

environment=()
a_case good '[ -z "$(ls)" ] && pwd >where'
a_case also-good '. "$HSXFS_TESTS/lib/common.sh"' 'expect_status 3 bash -c "exit 3"'
printf '#!/bin/sh\nexit 0\n' >inner/build/unit/small
chmod +x inner/build/unit/small
run_inner
expect_equal "$status" 0 "the exit status"
expect_equal "$(tail -n 1 said)" "3 passed, 0 failed, 0 skipped" "the last line"
has_message said '^ok good \([0-9]+\.[0-9]s\)$'
has_message said '^ok unit-small '
expect_equal "$(cat inner/build/tests/good/work/where)" "$PWD/inner/build/tests/good/work"

a_case bad 'echo "why it is bad"' 'exit 5'
a_case skips '. "$HSXFS_TESTS/lib/common.sh"' 'skip "no time"'
a_case never-skips '# NEVER-SKIP' 'echo "skipped: no room"' 'exit 77'
a_case slow '# TIMEOUT: 1' 'sleep 1000'
a_case leaves-process 'sleep 1001 &' 'setsid sleep 1002 &'
a_case assertion '. "$HSXFS_TESTS/lib/common.sh"' 'expect_output one echo two'
run_inner
expect_equal "$status" 1 "the exit status with failures"
expect_equal "$(tail -n 1 said)" "3 passed, 4 failed, 2 skipped" "the last line"
has_message said '^FAILED bad .*inner/build/tests/bad/log'
has_message said '^    why it is bad$'
has_message said '^skipped skips: no time$'
has_message said '^skipped never-skips: no room$'
has_message said '^FAILED slow '
has_message said '^FAILED leaves-process '
has_message said 'left running, killed: [0-9]+ sleep 1002'
has_message said 'echo two is .two., not .one.'
pgrep -f '^sleep 100[0-2]' && fail "a process is left"

environment=(CI=true)
run_inner never-skips good
expect_equal "$status" 1 "the exit status of a skip in CI"
expect_equal "$(tail -n 1 said)" "1 passed, 1 failed, 0 skipped" "the last line"
environment=()
run_inner 'go*'
expect_equal "$(tail -n 1 said)" "1 passed, 0 failed, 0 skipped" "the last line for a pattern"
run_inner no-such-case
expect_equal "$status" 1 "the exit status when nothing was run"

# The pass with sanitized programs: what is plain, and what a report alone does.
mkdir -p inner/sanitized/unit
echo __asan_init >inner/sanitized/hsxfs
cp inner/build/unit/small inner/sanitized/unit/
a_case plain '# PLAIN-ONLY: it is' 'exit 0'
a_case which 'case $HSXFS_BUILD in */build) [ ! -e "${HSXFS_REPORTS:-.none}" ];; *) [ -d "$HSXFS_REPORTS" ];; esac'
a_case reported '[ -z "${HSXFS_REPORTS:-}" ] || echo "it leaks" >"$HSXFS_REPORTS/report.1"'
run_inner --sanitized "$PWD/inner/sanitized" good plain which reported 'unit-*'
expect_equal "$status" 1 "the exit status with a sanitizer's report"
expect_equal "$(tail -n 1 said)" "8 passed, 1 failed, 0 skipped" "the last line with sanitized programs"
expect_equal "$(grep -cE '^ok (sanitized-)?(good|which|unit-small) ' said)" 6 'those that passed twice'
has_message said '^ok plain '
has_message said '^FAILED sanitized-reported .*inner/build/tests/sanitized-reported/log'
has_message said '^    it leaks$'
run_inner --sanitized "$PWD/inner/sanitized" 'sanitized-g*'
expect_equal "$(tail -n 1 said)" "1 passed, 0 failed, 0 skipped" "the last line for the sanitized pass alone"
run_inner --sanitized "$PWD/inner/build" good
expect_equal "$status" 2 "the exit status with programs that are not sanitized"

# A second try, alone: for what failed beside others, but not for a sanitizer's report.
a_case once-bad 'echo "try $(ls ../../.. | wc -l)"; [ -e ../../../tried ] || { : >../../../tried; echo "busy"; exit 1; }'
run_inner --again once-bad bad
expect_equal "$status" 1 "the exit status with one that failed twice"
expect_equal "$(tail -n 1 said)" "1 passed, 1 failed, 0 skipped" "the last line after second tries"
has_message said '^FAILED once-bad '
has_message said '^once more, with nothing beside it: once-bad$'
has_message said '^ok once-bad '
has_message inner/build/tests/once-bad/log.first '^busy$'
expect_equal "$(grep -c '^FAILED bad ' said)" 2 'the tries of what is bad'
run_inner --again --sanitized "$PWD/inner/sanitized" sanitized-reported
expect_equal "$status" 1 "the exit status of a report that is tried again"
expect_equal "$(grep -c '^FAILED sanitized-reported ' said)" 1 'the tries of what is reported'

if [ "$(id -u)" = 0 ]; then
	a_case leaves-mount 'mkdir m' 'mount -t tmpfs tmpfs m'
	run_inner leaves-mount
	expect_equal "$status" 1 "the exit status with a mount left"
	grep -q leaves-mount /proc/self/mountinfo && fail "a mount is left"
fi

# Ctrl-C: everything goes, at once.
a_case slow 'setsid sleep 1003 &' 'sleep 1004'
inner/tests/run slow >said 2>&1 &
runner=$!
wait_until 10 pgrep -f '^sleep 1003' >pids
kill -TERM "$runner"
status=0
wait "$runner" || status=$?
expect_equal "$status" 130 "the exit status after Ctrl-C"
if pgrep -f '^sleep 100[34]'; then
	fail "a process is left after Ctrl-C"
fi
