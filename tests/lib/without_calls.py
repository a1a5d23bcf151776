#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""without_calls.py NUMBER,... COMMAND...: runs a command for which these system calls are ENOSYS, as
in a kernel that lacks them. Root only."""

import ctypes
import errno
import os
import struct
import sys

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
RET_ERRNO = 0x00050000
RET_ALLOW = 0x7FFF0000
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06


def step(code, operand, if_true=0, if_false=0):
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def refuse(numbers):
    steps = [step(LOAD_WORD, 0)]
    for number in numbers:
        steps += [step(JUMP_IF_EQUAL, number, 0, 1), step(RETURN, RET_ERRNO | errno.ENOSYS)]
    steps.append(step(RETURN, RET_ALLOW))
    program = ctypes.create_string_buffer(b"".join(steps))
    filter_ = struct.pack("@HP", len(steps), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0) != 0:
        sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")


def main():
    refuse([int(number) for number in sys.argv[1].split(",")])
    os.execvp(sys.argv[2], sys.argv[2:])


main()
