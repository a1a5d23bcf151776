#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 240
# Every fault at every step of every operation: the errno, one line in .errors, the mount alive.

. "$HSXFS_TESTS/lib/common.sh"

matrix=$HSXFS_TESTS/faults/matrix.py
# What succeeds has to be done before it.
export HSXFS_DEADLINE=$((2 * ${HSXFS_PATIENCE:-1}))
python3 "$matrix" seed "$token" >seed.json
emulator_start seed.json
config_write
hsxfs_background python3 "$matrix" "${api%/client/v4}" >table 2>&1
judge=$background
wait_until 30 test -s accounts.json
(umask 077 && jq '{accounts: .}' accounts.json >"$config")

# Everything is printed, so that the log can be searched.
hsxfs_expect_log '^hsxfs: [a-z]+ [/{]'
hsxfs_mount -d -o deadline=$HSXFS_DEADLINE,spin=0,rm=free
echo "$mnt $daemon" >mounted.new
mv mounted.new mounted
status=0
wait "$judge" || status=$?
cat "$mnt/.errors" >errors.json
hsxfs_unmount
cat table
has_no "$log" canary- "$token"
has_no errors.json canary- "$token"
expect_equal "$(jq -c 'select((.time and .operation and .path and .errno and .message) | not)' errors.json)" \
	"" "incomplete lines"
[ "$status" = 0 ] || fail "not all as in tests/faults/table"
