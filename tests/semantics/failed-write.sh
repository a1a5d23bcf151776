#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A value that is whole is sent inside write(2), which answers with the verdict.
# > Anything else is sent by the close(2), which answers with the verdict.
# > A write that failed leaves nothing behind: the close that follows sends nothing and succeeds.
# > After a failed write the same descriptor takes the same bytes once more; any others get the same
#   error.
# > A descriptor that was opened to create or truncate and is closed without a write gives EINVAL,
#   and nothing is sent.
# > fsync(2) sends what was written and answers with the verdict.
# > What only a close could report is kept: `sync FILE` fails with it, and `user.hsxfs.failed` shows
#   it, until a write succeeds.
# > A kept failure does not keep an open for writing from succeeding, and a read neither gives it
#   nor clears it.
#
# What a failure leaves: nothing to be sent, and a memory of what only a close could tell.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/steps.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
file=$secrets/STRIPE_KEY
refusal='{"method": "PUT", "status": 403, "code": 10000, "message": "no", "times": '

rule "$refusal 1}"
expect_steps '1:EACCES 0' "$file" key
rule "$refusal 1}"
expect_steps '1:EACCES 1 0' "$file" key key
expect_equal "$(value_of STRIPE_KEY)" key
rule "$refusal 1}"
expect_steps '1:EACCES 0:EACCES 0:EACCES 0' "$file" again other again
rule "$refusal 1}"
expect_steps '0 1:EACCES 0' "$file" $'two\nlines' @fsync
expect_equal "$(value_of STRIPE_KEY)" key

expect_steps 0:EINVAL "$file"
expect_equal "$(value_of STRIPE_KEY)" key

# Only a close could tell this one.
kept()
{
	expect_status 1 sync "$file"
	has_message errors 'Permission denied'
	expect_status 0 getfattr --only-values -n user.hsxfs.failed "$file"
	has_message output '^EACCES'
}
rules_clear
rule "$refusal -1}"
expect_steps '0 1:EACCES' "$file" $'two\nlines'
kept
expect_status 0 cat "$file"
kept
expect_status 0 python3 -c 'import os, sys; os.close(os.open(sys.argv[1], os.O_WRONLY))' "$file"
kept
rules_clear
echo good >"$file"
expect_status 0 sync "$file"
expect_errno 'getxattr ENODATA' getxattr "$file" user.hsxfs.failed
hsxfs_unmount
