#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Says which system call failed, and with which errno.

errno.py write FILE TEXT    opens for writing with truncation, writes once, closes
errno.py append FILE TEXT   the same with O_APPEND
errno.py pieces FILE TEXT…  one write each
errno.py exclusive FILE TEXT  with O_CREAT|O_EXCL
errno.py CALL FILE…         one call: unlink, mkdir, rmdir, listdir, rename, link, symlink, read,
                            chmod, chown, truncate, fsync, setxattr, getxattr, removexattr, mknod

Prints one line: `ok`, or the call and the errno, such as `write EACCES`.
"""

import errno
import os
import sys


def write(path, *texts, flags=os.O_CREAT | os.O_TRUNC):
    call = "open"
    try:
        file = os.open(path, os.O_WRONLY | flags, 0o600)
    except OSError as error:
        return call, error
    failed = None
    try:
        call = "write"
        for text in texts:
            data = os.fsencode(text)
            if os.write(file, data) != len(data):
                return "short-write", OSError(errno.EIO, "")
    except OSError as error:
        failed = call, error
    try:
        os.close(file)
    except OSError as error:
        # The first failure is the answer, but a second one at the close is worth knowing.
        failed = (failed[0] + "+close", failed[1]) if failed else ("close", error)
    return failed


def read(path):
    with open(path, "rb", buffering=0) as file:
        file.read()


def fsync(path):
    file = os.open(path, os.O_WRONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


CALLS = {
    "unlink": os.unlink, "mkdir": os.mkdir, "rmdir": os.rmdir, "listdir": os.listdir,
    "rename": os.rename, "link": os.link, "symlink": os.symlink, "read": read, "fsync": fsync,
    "stat": os.stat,
    "chmod": lambda path, mode: os.chmod(path, int(mode, 8)),
    "chown": lambda path, uid, gid: os.chown(path, int(uid), int(gid)),
    "truncate": lambda path, length: os.truncate(path, int(length)),
    "setxattr": lambda path, name: os.setxattr(path, name, b"x"),
    "getxattr": os.getxattr, "removexattr": os.removexattr,
    "mknod": lambda path: os.mknod(path, 0o600),
}


def attempt(call, arguments):
    if call in ("write", "pieces"):
        return write(*arguments)
    if call == "append":
        return write(*arguments, flags=os.O_APPEND)
    if call == "exclusive":
        return write(*arguments, flags=os.O_CREAT | os.O_EXCL)
    try:
        CALLS[call](*arguments)
    except OSError as error:
        return call, error
    return None


def main():
    failed = attempt(sys.argv[1], sys.argv[2:])
    if failed:
        print(failed[0], errno.errorcode[failed[1].errno])
    else:
        print("ok")


main()
