#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 600
# PLAIN-ONLY: its programs are sanitized already
#
# > Whatever a server answers, and whatever a file of ours holds, the daemon does not crash: what was asked ends once, with
#   its result or with an errno.
# > Where memory is short an operation is refused whole: no value, name or line of the journal is ever cut short for it.
#
# Every input in tests/fuzz/seeds, through its fuzz target, under ASan and UBSan. Those that a fuzzer
# found stay there, so that what they broke stays mended.

. "$HSXFS_TESTS/lib/common.sh"

build=${HSXFS_BUILD%/sanitize}/sanitize
make -s -j2 -C "$HSXFS_SOURCE" SANITIZE=1 BUILD="$build" fuzz-programs >output 2>&1 ||
	fail "$(tail -n 30 output)"

expect_status 0 "$HSXFS_BUILD/unit/scarcity"

export UBSAN_OPTIONS=print_stacktrace=1
for source in "$HSXFS_TESTS"/fuzz/*.c; do
	target=$(basename "$source" .c)
	seeds=$(find "$HSXFS_TESTS/fuzz/seeds/$target" -type f | wc -l)
	[ "$seeds" -gt 0 ] || fail "$target has no seeds"
	"$build/fuzz/$target" "$HSXFS_TESTS/fuzz/seeds/$target" >output 2>errors ||
		fail "$target: $(tail -n 40 errors)"
	expect_equal "$(tail -n 1 errors)" "$seeds inputs" "what $target replays"
done
