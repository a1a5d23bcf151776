#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A parent and a child that share a descriptor for writing the file $FILE.

shared.py child_is_ended                 writes two lines; a child that wrote nothing is ended by a signal
shared.py write_while_child_closes WHEN  the child writes two lines and closes; the parent writes a third
                                         one meanwhile, and closes `after' or `during' that close
shared.py empty_while_child_closes       as `during', but it empties the file before its line

Prints how the calls ended. $ADMIN is the emulator's, to see when the child's request has come.
"""

import errno
import json
import os
import signal
import sys
import time
import urllib.request


def attempt(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"


def say(who, call, *arguments):
    print(who, attempt(call, *arguments), flush=True)


def request_has_come():
    with urllib.request.urlopen(os.environ["ADMIN"] + "/requests?method=PUT") as answer:
        return bool(json.load(answer))


def start_child(action):
    child = os.fork()
    if child == 0:
        action()
        os._exit(0)
    return child


def child_is_ended(file):
    os.write(file, b"one\ntwo\n")
    child = start_child(lambda: time.sleep(60))
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    say("fsync", os.fsync, file)
    say("close", os.close, file)


def let_child_close(file):
    def write_and_close():
        os.write(file, b"one\ntwo\n")
        say("child", os.close, file)

    child = start_child(write_and_close)
    while not request_has_come():
        time.sleep(0.01)
    return child


def close_during(child, file):
    ended = attempt(os.close, file)
    os.waitpid(child, 0)
    print("parent", ended)


def write_while_child_closes(file, when):
    child = let_child_close(file)
    os.write(file, b"three\n")
    if when == "after":
        os.waitpid(child, 0)
        say("parent", os.close, file)
    else:
        close_during(child, file)


def empty_while_child_closes(file):
    child = let_child_close(file)
    os.ftruncate(file, 0)
    os.lseek(file, 0, os.SEEK_SET)
    say("write", os.write, file, b"new\n")
    close_during(child, file)


def main():
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    globals()[sys.argv[1]](os.open(os.environ["FILE"], flags), *sys.argv[2:])


main()
