#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `echo key > S` is one request, also in a directory that was not listed yet.
#
# The first thing that a mount is asked for, before any listing.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
echo key >key

# first COMMAND...: in a mount of its own; the status goes to status, what is said to errors.
first()
{
	hsxfs_mount
	requests_clear
	hsxfs_run "$@"
	count=$(requests)
	hsxfs_unmount
}

# A write needs no listing.
for shell in bash dash zsh 'busybox sh' ksh; do
	# shellcheck disable=SC2086 # a shell and its applet
	first $shell -c 'echo "$0" > "$1"' "by $shell" "$secrets/NEW"
	expect_equal "$status $count" "0 1" "status and requests of echo by $shell"
	expect_equal "$(value_of NEW)" "by $shell"
done
first cp key "$secrets/COPIED"
expect_equal "$status" 0 "the status of cp"
expect_equal "$(value_of COPIED)" key
first mv key "$secrets/MOVED"
expect_equal "$status" 0 "the status of mv"
expect_equal "$(value_of MOVED)" key
first cat "$secrets/STRIPE_KEY"
expect_equal "$status $(cat output)" "0 hsxfs: write-only secret STRIPE_KEY"
first rm "$secrets/COPIED"
expect_equal "$status" 0 "the status of rm"
[ "$(value_of COPIED || echo none)" = none ] || fail "COPIED is still there"

# What is not there is not there.
for command in 'test -e' 'stat' 'cat' 'ls' 'rm' 'getfattr -d'; do
	# shellcheck disable=SC2086 # a command and its options
	first $command "$secrets/NO_SUCH"
	[ "$status" != 0 ] || fail "$command finds what is not there"
	expect_equal "$(requests DELETE)" 0 "DELETEs of $command"
done
first truncate -s 5 "$secrets/NO_SUCH"
[ "$status" != 0 ] || fail "truncate of what is not there"
