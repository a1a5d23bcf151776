#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A temporary file that looks like a secret takes no write by its name: whoever wrote there would
# believe that the secret is set. Where a temporary file is wanted, one with a dotted name works.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null

# Made as Python's tempfile and editors do, with a name that a secret could have.
cat >hold.py <<'PYTHON'
import os
import signal
import sys

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
os.write(file, b"half")
open("held", "w").close()
signal.sigwait([signal.SIGTERM])
os.close(file)
PYTHON
hsxfs_background python3 hold.py "$secrets/API_TOKEN"
wait_until 10 test -e held
requests_clear
expect_failure bash -c "echo key >'$secrets/API_TOKEN'"
has_message errors 'Operation not permitted'
expect_errno 'open EPERM' write "$secrets/API_TOKEN" key
expect_errno 'open EPERM' append "$secrets/API_TOKEN" key
tail -n 1 "$mnt/.errors" >last
has_message last '/API_TOKEN",.*a temporary file of this name is there.*"advice":"remove it, or rename it'
expect_failure cp "$config" "$secrets/API_TOKEN"
expect_equal "$(requests P\*)" 0 requests

# Removed, as the advice says, or renamed onto a secret's name.
expect_status 0 rm "$secrets/API_TOKEN"
expect_status 0 bash -c "echo key >'$secrets/API_TOKEN'"
expect_equal "$(value_of API_TOKEN)" key
kill -TERM "$background"
wait "$background"
expect_equal "$(value_of API_TOKEN)" key "after the end of the temporary file"

# mktemp, echo, mv.
requests_clear
for name in NEW STRIPE_KEY; do
	temporary=$(mktemp -p "$secrets" .temporary.XXXXXX)
	expect_status 0 bash -c "echo 'by mktemp' >'$temporary'"
	expect_equal "$(requests P\*)" 0 "requests before mv"
	expect_status 0 mv "$temporary" "$secrets/$name"
	expect_equal "$(value_of "$name")" 'by mktemp'
	[ ! -e "$temporary" ] || fail "$temporary is there after mv"
	requests_clear
done
hsxfs_unmount
