#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > An open directory is read as it was when it was opened, whatever changes meanwhile.
#
# One listing for all who look, and what an open directory shows.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -o ttl=0
cat >read_slowly.py <<'PYTHON'
import os
import sys

directory = sys.argv[1]
with os.scandir(directory) as entries:
    first = next(entries).name
    with open(os.path.join(directory, "ADDED"), "w") as file:
        file.write("new\n")
    os.unlink(os.path.join(directory, "STRIPE_KEY"))
    rest = [entry.name for entry in entries]
print(" ".join(sorted([first, *rest])))
print(" ".join(sorted(os.listdir(directory))))
PYTHON
expect_status 0 python3 read_slowly.py "$secrets"
expect_equal "$(cat output)" "ONLY_HERE RESEND_API_KEY STRIPE_KEY
ADDED ONLY_HERE RESEND_API_KEY" "an open directory, and a new one"
hsxfs_unmount
