#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > | open for reading, read, stat of a secret | from what is known, else after one listing; the placeholder |
# > | open for writing | at once, from memory |
# > | open with O_CREAT and O_EXCL of a secret that exists | EEXIST |
# > | open with O_APPEND of a secret that exists | EINVAL |
# > | open of `.status`, `.errors` or `.audit` for writing | EACCES |
# > | truncate to 0 by name | success, and nothing is sent |
# > | truncate to another length by name | EINVAL, or EACCES for what can only be read |
# > | unlink of `.status` or `.errors` | EPERM |
# > | any other rename | EPERM |
# > | renameat2 with RENAME_EXCHANGE, or with RENAME_NOREPLACE onto a new name | EINVAL |
# > | link, symlink, mkdir, rmdir, mknod | EPERM |
# > | fsync of a directory | success |
# > | access of a secret with X_OK | EACCES |
# > | mmap with MAP_SHARED of a secret | ENODEV |
#
# The table of operations, row by row.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
cat >operations.py <<'PYTHON'
import ctypes
import errno
import mmap
import os
import sys

place = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)


def at(name):
    return os.path.join(place, name)


def rename_with(flags, old, new):
    if libc.renameat2(-100, os.fsencode(at(old)), -100, os.fsencode(at(new)), flags) < 0:
        raise OSError(ctypes.get_errno(), "")


def attempt(label, call, *arguments):
    try:
        call(*arguments)
        print(label, "ok")
    except OSError as error:
        print(label, errno.errorcode[error.errno])


key = os.open(at("STRIPE_KEY"), os.O_RDONLY)
made = os.open(at("sedAbC"), os.O_RDWR | os.O_CREAT | os.O_EXCL)
os.write(made, b"text\n")
attempt("exclusive", os.open, at("STRIPE_KEY"), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
attempt("append", os.open, at("STRIPE_KEY"), os.O_WRONLY | os.O_APPEND)
attempt(".status", os.open, at(".status"), os.O_WRONLY)
attempt(".errors", os.open, at(".errors"), os.O_RDWR)
attempt("truncate 0", os.truncate, at("STRIPE_KEY"), 0)
attempt("truncate 5", os.truncate, at("STRIPE_KEY"), 5)
attempt("unlink .status", os.unlink, at(".status"))
attempt("unlink .errors", os.unlink, at(".errors"))
attempt("rename secret", os.rename, at("STRIPE_KEY"), at("OTHER"))
attempt("rename to another directory", os.rename, at("sedAbC"), at("../../staging/secrets/OTHER"))
attempt("rename to a temporary name", os.rename, at("sedAbC"), at(".other"))
attempt("rename directory", os.rename, at("."), at("../other"))
attempt("exchange", rename_with, 2, "sedAbC", "STRIPE_KEY")
attempt("no replace", rename_with, 1, "sedAbC", "OTHER")
attempt("link", os.link, at("STRIPE_KEY"), at("OTHER"))
attempt("symlink", os.symlink, "STRIPE_KEY", at("OTHER"))
attempt("mkdir", os.mkdir, at("OTHER"))
attempt("rmdir", os.rmdir, place)
attempt("mknod", os.mknod, at("OTHER"), 0o600)
attempt("fsync of a directory", os.fsync, os.open(place, os.O_RDONLY))
attempt("mmap", mmap.mmap, key, 10, mmap.MAP_SHARED, mmap.PROT_READ)
print("access", os.access(at("STRIPE_KEY"), os.X_OK), libc.access(os.fsencode(at("STRIPE_KEY")), os.X_OK),
      errno.errorcode[ctypes.get_errno()])
PYTHON
ls "$secrets" >/dev/null
requests_clear
expect_status 0 python3 operations.py "$secrets"
expect_equal "$(cat output)" "exclusive EEXIST
append EINVAL
.status EACCES
.errors EACCES
truncate 0 ok
truncate 5 EINVAL
unlink .status EPERM
unlink .errors EPERM
rename secret EPERM
rename to another directory EPERM
rename to a temporary name EPERM
rename directory EBUSY
exchange EINVAL
no replace EINVAL
link EPERM
symlink EPERM
mkdir EPERM
rmdir EPERM
mknod EPERM
fsync of a directory ok
mmap ENODEV
access False -1 EACCES" "what was tried"
expect_equal "$(requests 'P*')$(requests DELETE)" 00 "changes sent"

# Opening for writing is answered from memory, while nothing else is.
hsxfs_unmount
hsxfs_mount
rule '{"method": "*", "delay_ms": 5000, "times": -1}'
expect_within 500 expect_status 0 bash -c "exec 3>'$secrets/STRIPE_KEY' 4>'$secrets/NEW'"
rules_clear
requests_clear
expect_output 'hsxfs: write-only secret STRIPE_KEY' cat "$secrets/STRIPE_KEY"
expect_equal "$(requests GET)" 1 listings
expect_status 0 stat "$secrets/RESEND_API_KEY"
expect_equal "$(requests)" 1 requests
hsxfs_unmount
