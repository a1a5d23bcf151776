#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes to a file with signals that it catches.

signals.py NAME FILE TEXT           opens, writes, closes; SIGNAME is caught and does nothing
signals.py --storm DIRECTORY COUNT  sets NAME_0 ... with SIGURG every 5 ms

Prints one line: `ok', or the call and the errno. EINTR shows as such: no call is repeated.
"""

import ctypes
import errno
import os
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)
caught = 0


def count(_number, _frame):
    global caught
    caught += 1


def call(name, *arguments):
    """As the C library has it: Python's own os functions repeat what EINTR ended."""
    result = getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def store(path, text):
    file = call("open", os.fsencode(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        call("write", file, text, len(text))
    except OSError as error:
        libc.close(file)
        raise error
    call("close", file)


def storm(directory, number):
    signal.signal(signal.SIGURG, count)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        while os.getppid() == parent:
            os.kill(parent, signal.SIGURG)
            signal.sigtimedwait([], 0.005)
        os._exit(0)
    try:
        for index in range(number):
            store(os.path.join(directory, f"NAME_{index}"), b"value of %d\n" % index)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print(f"signals: {caught}", file=sys.stderr)


def main():
    try:
        if sys.argv[1] == "--storm":
            storm(sys.argv[2], int(sys.argv[3]))
        else:
            signal.signal(getattr(signal, "SIG" + sys.argv[1]), count)
            store(sys.argv[2], os.fsencode(sys.argv[3]))
    except OSError as error:
        print(error.strerror, errno.errorcode[error.errno])
        return
    print("ok")


main()
