#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What somebody tries who should not get in. Prints what came of each call.

intruder.py trace PID         to see or take over a process
intruder.py signal_it PID     to end it
intruder.py visit MOUNT       to look at a mount and to write there
intruder.py give SOCKET FILE  opens a file twice and passes it over a socket to
intruder.py take SOCKET       who uses it
intruder.py hold FILE READY   has a file open, and writes which descriptor into READY, for
intruder.py reopen PID FD     who opens it through /proc
"""

import ctypes
import errno
import os
import socket
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)


def say(what, call, *arguments):
    try:
        result = call(*arguments)
        print(what, "ok", flush=True)
        return result
    except OSError as error:
        print(what, errno.errorcode[error.errno], flush=True)


def checked(number):
    if number < 0:
        raise OSError(ctypes.get_errno(), "")


def trace(pid):
    """Everything that would show what is in the process, or take it over."""
    for file in ("mem", "maps", "environ", "auxv", "syscall", "io"):
        say(file, lambda name: open(f"/proc/{pid}/{name}", "rb").read(1), file)
    for link in ("exe", "cwd", "root"):
        say(link, os.readlink, f"/proc/{pid}/{link}")
    say("fd", os.listdir, f"/proc/{pid}/fd")
    say("attach", lambda: checked(libc.ptrace(16, pid, 0, 0)))
    say("seize", lambda: checked(libc.ptrace(0x4206, pid, 0, 0)))
    block = ctypes.create_string_buffer(16)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(block), 16)
    say("process_vm_readv", lambda: checked(libc.process_vm_readv(pid, vector, 1, vector, 1, 0)))
    pidfd = os.pidfd_open(pid)
    say("pidfd_getfd", lambda: checked(libc.syscall(438, pidfd, 0, 0)))


def signal_it(pid):
    say("kill", os.kill, pid, 15)


def visit(root):
    """The mount, and what is in it by whole names."""
    secret = root + "/acct_demo/acme-crm/production/secrets/STRIPE_KEY"
    say("stat", os.stat, root)
    say("list", os.listdir, root)
    say("read", open, secret)
    say("write", os.open, secret, os.O_WRONLY)
    say("errors", open, root + "/.errors")
    say("audit", open, root + "/.audit")


def give(place, path):
    """Opens for writing and for reading, and passes both to whoever connects."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(place)
    os.chmod(place, 0o777)
    listener.listen()
    files = [os.open(path, os.O_WRONLY), os.open(path, os.O_RDONLY)]
    connection, _ = listener.accept()
    socket.send_fds(connection, [b"x"], files)
    # Now only the other one has them.
    for file in files:
        os.close(file)
    connection.recv(1)


def take(place):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(place)
    _, (writer, reader), _, _ = socket.recv_fds(connection, 1, 2)
    say("fstat", os.fstat, writer)
    say("write", os.write, writer, b"value of another\n")
    say("open for writing anew", os.open, f"/proc/self/fd/{writer}", os.O_WRONLY)
    say("open for reading anew", os.open, f"/proc/self/fd/{reader}", os.O_RDONLY)
    say("truncate", os.ftruncate, writer, 0)
    say("chmod", os.fchmod, writer, 0o666)
    print("reads", os.read(reader, 100), flush=True)
    say("fsync", os.fsync, writer)
    say("close", os.close, writer)
    connection.send(b"x")


def hold(path, ready):
    """Has it open for writing."""
    file = os.open(path, os.O_WRONLY)
    with open(ready, "w") as text:
        text.write(f"{os.getpid()} {file}\n")
    time.sleep(60)


def reopen(pid, number):
    say("open", os.open, f"/proc/{pid}/fd/{number}", os.O_WRONLY)


if __name__ == "__main__":
    globals()[sys.argv[1]](*(int(word) if word.isdigit() else word for word in sys.argv[2:]))
