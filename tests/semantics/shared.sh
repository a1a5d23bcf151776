#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > What was accepted and is dropped, since a process that shares the descriptor was ended by a signal or had a
#   write or a close refused, is sent by nobody: every later close and fsync(2) of the others fails, `.errors` has a
#   line, and `sync FILE` fails until a write succeeds.
#
# > What is written while the request of another close is on its way is sent after it, with all that was written
#   before; the close that asks for it answers with the verdict on that.
#
# Several processes have one descriptor open, and what one of them wrote is dropped.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
export FILE=$secrets/SHARED ADMIN=$admin
shared=$HSXFS_TESTS/semantics/lib/shared.py

# As `{ printf 'one\ntwo\n'; timeout 0.5 sleep 60; true; } > S` does: who is ended has written nothing.
requests_clear
expect_output $'fsync ECANCELED\nclose ECANCELED' python3 "$shared" child_is_ended
expect_equal "$(requests P\*)" 0 "what was sent"
expect_equal "$(grep -c 'SHARED.*was ended by a signal' "$mnt/.errors")" 1 "lines that tell of the end"
expect_equal "$(grep -c 'SHARED.*is not stored' "$mnt/.errors")" 2 "lines of who heard of it"

# Where the first line is stored already it is half a value, and that is not kept quiet.
bash -c '{ printf "one\n"; printf "two\n"; timeout 0.2 sleep 60; true; } >"$FILE"'
expect_equal "$(value_of SHARED)" one
expect_status 1 sync "$FILE"
has_message errors 'canceled'
expect_status 0 getfattr --only-values -n user.hsxfs.failed "$FILE"
has_message output '^ECANCELED'

# What the parent writes while the child's close waits goes with it, if that is refused.
rule '{"method": "PUT", "delay_ms": 5000, "status": 403, "code": 10000, "message": "no", "times": -1}'
requests_clear
expect_output $'child EACCES\nparent EACCES' python3 "$shared" write_while_child_closes after
expect_equal "$(requests PUT)" 1 PUTs
rules_clear
expect_status 1 sync "$FILE"
has_message errors 'Permission denied'

# A close that finds another one's request on its way has the rest sent, and answers for that.
delayed='{"method": "PUT", "delay_ms": 5000, "times": 1}'
rule "$delayed"
requests_clear
expect_output $'child ok\nparent ok' python3 "$shared" write_while_child_closes during
expect_equal "$(value_of SHARED)" $'one\ntwo\nthree'
expect_equal "$(requests PUT)" 2 PUTs
rule '{"method": "PUT", "skip": 1, "status": 403, "code": 10000, "message": "no", "times": -1}'
rule "$delayed"
requests_clear
expect_output $'child ok\nparent EACCES' python3 "$shared" write_while_child_closes during
rules_clear
rule "$delayed"
requests_clear
expect_output $'write ok\nchild ok\nparent ok' python3 "$shared" empty_while_child_closes
expect_equal "$(value_of SHARED)" new

echo good >"$FILE"
expect_status 0 sync "$FILE"
expect_equal "$(value_of SHARED)" good
hsxfs_unmount
