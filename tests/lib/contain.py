#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one test case so that nothing of it outlives it.

contain.py TIMEOUT DIRECTORY COMMAND...

The case runs in DIRECTORY and in a session of its own; this process is the reaper of everything
that it starts, also of what makes itself a daemon. What the case leaves running or mounted is
killed and unmounted and makes it fail. Exit status: the case's own, 124 after the timeout, 125 if
something was left, 130 if this process was told to stop.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 2 * int(os.environ.get("HSXFS_PATIENCE", "1"))
STOPS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Stopped(Exception):
    pass


def stop(_number, _frame):
    ignore_stops()
    raise Stopped


def ignore_stops():
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def parents():
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found[int(entry)] = int(parent)
    return found


def descendants():
    """The living processes below this one, nearest first."""
    table = parents()
    found, level = [], [os.getpid()]
    while level:
        level = [pid for pid, parent in table.items() if parent in level]
        found += level
    return found


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "?"


def wait_for_end_of_all(seconds):
    end = time.monotonic() + seconds
    reap()
    while descendants() and time.monotonic() < end:
        time.sleep(0.01)
        reap()


def kill_all():
    """Kills what is left; says of each what it was."""
    end = time.monotonic() + 5
    told = []
    while (left := descendants()) and time.monotonic() < end:
        for pid in left:
            if pid not in told:
                told.append(pid)
                print(f"left running, killed: {pid} {command_line(pid)}", flush=True)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
        reap()
    return bool(told)


def mounts_under(directory):
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
        points = [line.split()[4].replace("\\040", " ") for line in file]
    return [point for point in reversed(points) if point.startswith(directory + "/")]


def unmount_all(directory):
    left = mounts_under(directory)
    for point in left:
        print(f"left mounted, unmounted: {point}", flush=True)
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", point], check=False)
        else:
            subprocess.run(["fusermount3", "-u", "-z", point], check=False)
    return bool(left)


def start(directory, command):
    def prepare():
        # The runner starts this in the background, where a shell makes both ignored.
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
    return subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL,
                            start_new_session=True, preexec_fn=prepare)


def run(timeout, directory, command):
    case = start(directory, command)
    try:
        status = case.wait(timeout)
    except subprocess.TimeoutExpired:
        print(f"not done after {timeout} s", flush=True)
        return 124
    wait_for_end_of_all(GRACE_SECONDS)
    return status if status >= 0 else 128 - status


def main():
    timeout, directory, command = float(sys.argv[1]), os.path.realpath(sys.argv[2]), sys.argv[3:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        for number in STOPS:
            signal.signal(number, stop)
        status = run(timeout, directory, command)
        ignore_stops()
    except Stopped:
        status = 130
    left_running = kill_all()
    left_mounted = unmount_all(directory)
    if (left_running or left_mounted) and status in (0, 77):
        status = 125
    sys.exit(status)


main()
