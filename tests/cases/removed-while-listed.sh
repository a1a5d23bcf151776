#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A name that this mount removes while a directory is read is gone, though the reading still shows it.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -o rm=free

cat >removed.py <<'PYTHON'
import os
import sys

directory, name = sys.argv[1:]
path = os.path.join(directory, name)
with os.scandir(directory) as entries:
    os.unlink(path)
    names = sorted(entry.name for entry in entries)
print(" ".join(names))
for call in os.stat, os.unlink, lambda path: os.open(path, os.O_RDONLY):
    try:
        call(path)
    except FileNotFoundError:
        continue
    sys.exit(f"{path} is still found after its removal")
print(" ".join(sorted(os.listdir(directory))))
PYTHON
expect_output $'ONLY_HERE RESEND_API_KEY STRIPE_KEY\nONLY_HERE RESEND_API_KEY' \
	python3 removed.py "$secrets" STRIPE_KEY
# Also where all was looked up before, and in a .dev.vars file.
ls -l "$secrets" "$project/staging/secrets" "$project/dev/secrets" >/dev/null
expect_output $'ONLY_HERE RESEND_API_KEY\nRESEND_API_KEY' python3 removed.py "$secrets" ONLY_HERE
expect_output $'RESEND_API_KEY STRIPE_KEY\nSTRIPE_KEY' \
	python3 removed.py "$project/staging/secrets" RESEND_API_KEY
expect_output STRIPE_KEY python3 removed.py "$project/dev/secrets" STRIPE_KEY
expect_equal "$(names_of)" RESEND_API_KEY
hsxfs_unmount
