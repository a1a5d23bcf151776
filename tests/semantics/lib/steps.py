#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes to a file step by step, and says after each how many PUTs the emulator has had.

steps.py ADMIN FILE STEP...

A STEP is a text, given to one write(2), or one of @fsync, @ftruncate=N, @seek=N, @close. Prints one
word a step: how many PUTs came by it, with the errno if it failed, such as `1', `0', `1:EACCES'.
The file is opened to create and truncate, and closed at the end, which is a step too.
"""

import errno
import json
import os
import sys
import urllib.request


def puts(admin):
    with urllib.request.urlopen(admin + "/requests?method=PUT") as answer:
        return len(json.load(answer))


def take(file, step):
    if step == "@fsync":
        os.fsync(file)
    elif step.startswith("@ftruncate="):
        os.ftruncate(file, int(step.partition("=")[2]))
    elif step.startswith("@seek="):
        os.lseek(file, int(step.partition("=")[2]), os.SEEK_SET)
    elif step == "@close":
        os.close(file)
    else:
        os.write(file, os.fsencode(step))


def main():
    admin, path, *steps = sys.argv[1:]
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    words = []
    for step in [*steps, "@close"]:
        before, failed = puts(admin), ""
        try:
            take(file, step)
        except OSError as error:
            failed = ":" + errno.errorcode[error.errno]
        words.append(f"{puts(admin) - before}{failed}")
    print(" ".join(words))


main()
