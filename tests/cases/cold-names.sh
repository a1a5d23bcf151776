#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A `stat` of a name in a directory that was not listed yet lists it first, and is right.
# > O_EXCL, O_APPEND and `touch` in a directory that was not listed yet ask first: what exists is
#   not taken for new.
#
# In a directory that nobody has listed yet, a plain `>` is one request, and whatever depends on
# whether a name exists is told the truth.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
[ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" = 0 ] ||
	[ "$(id -u)" = 0 ] || skip "kernel.yama.ptrace_scope hides what a caller wants"

# cold REQUESTS WANTED CALL ARGUMENT...: on a mount of its own; REQUESTS are the methods in order.
cold()
{
	local wanted=$1

	shift
	hsxfs_mount
	requests_clear
	expect_errno "$@"
	expect_equal "$(curl -sS "$admin/requests" | jq -r 'map(.method) | join(" ")')" "$wanted" "$*"
	hsxfs_unmount
}

cold PUT ok write "$secrets/STRIPE_KEY" value
cold PUT ok write "$secrets/NEW" value
cold GET 'open EEXIST' exclusive "$secrets/STRIPE_KEY" value
# So opens fopen(3) with "wx".
hsxfs_mount
expect_status 0 python3 -c 'import os, sys
os.write(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_TRUNC), b"value")' "$secrets/OPENED_WX"
hsxfs_unmount
cold 'GET PUT' ok exclusive "$secrets/EXCLUSIVE" value
cold GET 'open EINVAL' append "$secrets/STRIPE_KEY" more
cold GET ok stat "$secrets/STRIPE_KEY"
cold GET 'stat ENOENT' stat "$secrets/ABSENT"
cold 'GET DELETE' ok unlink "$secrets/EXCLUSIVE"
cold GET 'unlink ENOENT' unlink "$secrets/ABSENT"
expect_equal "$(value_of EXCLUSIVE || echo none)" none
expect_equal "$(value_of STRIPE_KEY)" value

hsxfs_mount
expect_status 0 bash -c "echo value >> '$secrets/APPENDED'"
expect_equal "$(value_of APPENDED)" value
hsxfs_unmount

hsxfs_mount
expect_status 0 touch "$secrets/STRIPE_KEY"
hsxfs_unmount
hsxfs_mount
expect_status 1 touch "$secrets/ABSENT"
expect_errno 'stat ENOENT' stat "$secrets/ABSENT"
hsxfs_unmount

# Without any memory every look asks, and still nothing is refused that is right.
hsxfs_mount -o ttl=0
echo copied >file
expect_status 0 cp file "$secrets/COPIED"
expect_status 0 cp file "$secrets/COPIED"
expect_errno ok exclusive "$secrets/ONCE" value
expect_errno 'open EEXIST' exclusive "$secrets/ONCE" value
hsxfs_unmount
