#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A file in `secrets/` or `flags/` whose name begins with a dot, or that is created with O_RDWR and O_EXCL, is
#   temporary: it is in no listing, and nothing is ever sent under its name.
# > A temporary file is read by the descriptor that made it alone; an open for reading is EACCES.
# > Removing a temporary file sends nothing and does not count for the brake.
# > | open with O_APPEND of a flag that exists | EINVAL |
#
# Temporary files in flags/, and what is appended there.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config
hsxfs_mount
ls "$flags" >/dev/null
requests_clear

cat >temporary.py <<'PYTHON'
import errno
import os
import sys

place = sys.argv[1]


def attempt(call, *arguments):
    try:
        return call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


def make(name, flags):
    return attempt(os.open, os.path.join(place, name), flags)


names = ["sedAbC", ".swp", "4913", ".new-pricing.swp"]
files = [make(name, os.O_RDWR | os.O_CREAT | os.O_EXCL) for name in names]
files.append(make(".written", os.O_WRONLY | os.O_CREAT))
for file in files:
    os.write(file, b"enabled\n")
    os.fsync(file)
print("its own:", os.pread(files[0], 20, 0))
print("others:", *(make(name, os.O_RDONLY) for name in names + [".written"]))
print("listed:", *sorted(os.listdir(place)))
for file in files:
    os.close(file)
for name in names + [".written"]:
    os.unlink(os.path.join(place, name))
print("taken:", make("new-pricing", os.O_RDWR | os.O_CREAT | os.O_EXCL))
print("append:", make("new-pricing", os.O_WRONLY | os.O_APPEND), make("new-pricing", os.O_RDWR | os.O_APPEND | os.O_CREAT))
PYTHON
expect_status 0 python3 temporary.py "$flags"
expect_equal "$(cat output)" "its own: b'enabled\\n'
others: EACCES EACCES EACCES EACCES EACCES
listed: new-checkout new-pricing
taken: EEXIST
append: EINVAL EINVAL" 'what was tried'
last_error 'nothing can be appended'
expect_equal "$(requests 'P*')$(requests DELETE)" 00 'changes sent'

# The brake has counted none of the five; three flags may go.
echo enabled >>"$flags/appended"
echo enabled >>"$flags/twice"
expect_errno 'open EINVAL' append "$flags/appended" disabled
expect_status 0 rm "$flags/appended" "$flags/new-checkout" "$flags/new-pricing"
expect_errno 'unlink EPERM' unlink "$flags/twice"
hsxfs_unmount
