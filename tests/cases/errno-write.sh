#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > No call gives EAGAIN, and none EINTR, but to a caller that is about to end.
# > | something that is not the API's answer, or a redirect | EPROTO |
# > | nothing until the deadline | ETIMEDOUT |
#
# What the server answers to a write or a removal, and what the caller gets, once, from that call.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -o deadline=1
ls "$secrets" >/dev/null

# answers RULE WANTED CALL ARGUMENT...: WANTED as errno.py prints it. Nothing is stored.
answers()
{
	local rule=$1

	shift
	rules_clear
	rule "$rule"
	expect_errno "$@"
	rules_clear
}

# refuses STATUS CODE ERRNO: an envelope with that error, and one request only.
refuses()
{
	requests_clear
	answers "{\"method\": \"PUT\", \"status\": $1, \"code\": $2, \"message\": \"no\", \"times\": -1}" \
		"write $3" write "$secrets/X" key
	expect_equal "$(requests PUT)" 1 "PUTs with code $2"
}

refuses 400 6003 EACCES
refuses 401 10000 EACCES
refuses 403 10000 EACCES
refuses 403 9109 EPERM
refuses 403 10015 EPERM
refuses 401 10023 EPERM
refuses 404 7003 ENOENT
refuses 404 10007 ENOENT
refuses 404 10090 ENOENT
refuses 400 10053 EEXIST
refuses 400 10054 EFBIG
refuses 400 10055 EDQUOT
refuses 400 10100 EINVAL
refuses 400 10214 EBUSY
refuses 400 10215 EBUSY
refuses 400 99999 EINVAL

put='"method": "PUT", "times": -1'
answers "{$put, \"status\": 409, \"code\": 10035}" 'write EBUSY' write "$secrets/X" key
answers "{$put, \"status\": 500, \"code\": 10013}" 'write EIO' write "$secrets/X" key
answers "{$put, \"status\": 503, \"raw\": \"busy\"}" 'write EIO' write "$secrets/X" key
answers "{$put, \"raw\": \"<html>\"}" 'write EPROTO' write "$secrets/X" key
answers "{$put, \"raw\": \"\"}" 'write EPROTO' write "$secrets/X" key
answers "{$put, \"body\": {\"success\": false}}" 'write EPROTO' write "$secrets/X" key
answers "{$put, \"status\": 302, \"headers\": {\"Location\": \"$admin/state\"}, \"raw\": \"\"}" \
	'write EPROTO' write "$secrets/X" key
expect_equal "$(value_of X || echo none)" none "what was refused"

# The second of two lines is not stored alone, because the first was refused.
rule '{"method": "PUT", "status": 403, "code": 10000}'
expect_failure bash -c "{ echo first; echo second; } > '$secrets/X'"
expect_equal "$(value_of X || echo none)" none "what the second echo stored"
rules_clear
# But a program may try the same again on the same descriptor.
rule '{"method": "PUT", "status": 403, "code": 10000}'
expect_status 0 python3 -c 'import os, sys
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
try:
    os.write(file, b"again")
except PermissionError:
    os.write(file, b"again")' "$secrets/X"
expect_equal "$(value_of X)" again
rules_clear

delete='"method": "DELETE", "times": -1'
answers "{$delete, \"status\": 404, \"code\": 10056}" 'unlink ENOENT' unlink "$secrets/ONLY_HERE"
hsxfs_unmount

hsxfs_mount -o deadline=1,rm=free
answers "{$delete, \"status\": 403, \"code\": 10000}" 'unlink EACCES' unlink "$secrets/STRIPE_KEY"
answers "{$delete, \"status\": 500, \"code\": 10013}" 'unlink EIO' unlink "$secrets/STRIPE_KEY"
expect_equal "$(value_of STRIPE_KEY)" canary-production-stripe
hsxfs_unmount

# Rate limit: Retry-After beyond the deadline is not waited for.
hsxfs_mount -o deadline=1
answers "{$put, \"status\": 429, \"code\": 971, \"headers\": {\"Retry-After\": \"60\"}}" \
	'write EBUSY' write "$secrets/X" key
hsxfs_unmount
# Within the deadline it is.
hsxfs_mount -o deadline=8
rule '{"method": "PUT", "status": 429, "code": 971, "headers": {"Retry-After": "1"}, "times": 1}'
expect_errno ok write "$secrets/PATIENT" key
expect_equal "$(value_of PATIENT)" key
hsxfs_unmount

# Silence and a cut connection end in a mount of their own: the API is known to be down then.
hsxfs_mount -o deadline=1
ls "$secrets" >/dev/null
answers "{$put, \"delay_ms\": 60000}" 'write ETIMEDOUT' write "$secrets/X" key
hsxfs_unmount
hsxfs_mount -o deadline=1
ls "$secrets" >/dev/null
answers "{$put, \"close\": true}" 'write ECONNREFUSED' write "$secrets/X" key
hsxfs_unmount

# The first answers of a server that is healthy again count.
hsxfs_mount -o deadline=5
ls "$secrets" >/dev/null
rule '{"method": "PUT", "status": 500, "times": 2}'
requests_clear
expect_errno ok write "$secrets/RETRIED" key
expect_equal "$(requests PUT)" 3 "PUTs with two failures"
expect_equal "$(value_of RETRIED)" key
hsxfs_unmount
