#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A file in `secrets/` or `flags/` whose name begins with a dot, or that is created with O_RDWR and O_EXCL, is
#   temporary: it is in no listing, and nothing is ever sent under its name.
# > A temporary file is read by the descriptor that made it alone; an open for reading is EACCES.
# > There are at most 64 temporary files, the next is ENOMEM, of at most 64 KiB, more is EFBIG.
# > Removing a temporary file sends nothing and does not count for the brake.
#
# Temporary files: who reads them, how many and how large they may be, and what removing one costs.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear

cat >temporary.py <<'PYTHON'
import errno
import os
import sys

directory = sys.argv[1]


def attempt(call, *arguments):
    try:
        return call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


def make(name, flags=os.O_RDWR | os.O_CREAT | os.O_EXCL):
    return attempt(os.open, os.path.join(directory, name), flags)


file = make("sedAbCdEf")
os.write(file, b"text")
os.pwrite(file, b"s", 0)
os.ftruncate(file, 3)
print("its own:", os.pread(file, 10, 0).decode())
print("another:", make("sedAbCdEf", os.O_RDONLY), make("sedAbCdEf", os.O_RDWR))
print("listed:", "sedAbCdEf" in os.listdir(directory))
print("64 KiB:", attempt(os.pwrite, file, b"x" * 65536, 0), attempt(os.pwrite, file, b"x", 65536))
files = [make(f".t{number}", os.O_WRONLY | os.O_CREAT) for number in range(63)]
print("64:", sum(isinstance(made, int) for made in files), make(".one-more"))
written = [attempt(os.write, made, b"y" * 4096) for _ in range(16) for made in files]
print("all of 64 KiB:", set(written))
secrets = [make(f"S{number}", os.O_WRONLY | os.O_CREAT) for number in range(12)]
print("and a dozen secrets:", {attempt(os.write, made, b"z" * 60000 + b"\n" + b"z" * 5000) for made in secrets})
print("each refused by the API:", {attempt(os.close, made) for made in secrets})
os.unlink(os.path.join(directory, "sedAbCdEf"))
for number in range(63):
    os.unlink(os.path.join(directory, f".t{number}"))
print("removed:", make("sedAbCdEf", os.O_RDONLY))
PYTHON
expect_status 0 python3 temporary.py "$secrets"
expect_equal "$(cat output)" "its own: sex
another: EACCES EACCES
listed: False
64 KiB: 65536 EFBIG
64: 63 ENOMEM
all of 64 KiB: {4096}
and a dozen secrets: {65001}
each refused by the API: {'EFBIG'}
removed: ENOENT" 'what was tried'
expect_equal "$(requests)" 12 "requests, the secrets'"
requests_clear

# The brake has counted none of these 64.
expect_status 0 rm "$secrets/ONLY_HERE" "$secrets/STRIPE_KEY" "$secrets/RESEND_API_KEY"
expect_equal "$(requests)" 3 requests
hsxfs_unmount
