#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Looks for values in the memory of processes. Needs root: the daemon is not dumpable.

memory.py find VALUE-FILE PID...      prints one line a hit: process, address, locked or not, encoding
memory.py find-in VALUE-FILE FILE...  the same in files
memory.py write COUNT DIRECTORY WAY PID...
                                      writes random values of 5 bytes to 5 KB and looks for each of
                                      them within 100 ms of the end of the call; prints the hits, and
                                      at the end how many values were written; see WAYS

Encodings: as it is, as in JSON, as in a URL, and in base64 at its three offsets (the part that does
not depend on what stands before and after it).
"""

import base64
import json
import os
import random
import re
import string
import sys
import time
import urllib.parse

# No letter that base64 has alone: a short value should not be found by chance.
LETTERS = string.ascii_letters + string.digits + "!#$%&()*,-.;<>?@^_~\"\\/"


def encodings(value):
    found = {"raw": value}
    text = value.decode()
    found["json"] = json.dumps(text, ensure_ascii=False)[1:-1].encode()
    found["url"] = urllib.parse.quote(text, safe="").encode()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + value)
        # What stands before and after changes the groups at the ends.
        begin = 4 if offset else 0
        end = (offset + len(value)) // 3 * 4
        if end - begin >= 6:
            found[f"base64+{offset}"] = whole[begin:end]
    return {name: bytes_ for name, bytes_ in found.items() if name == "raw" or bytes_ != value}


def mappings(pid):
    """Yields begin, end and whether it is locked, of each mapping that can be read."""
    begin = end = None
    for line in open(f"/proc/{pid}/smaps"):
        match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (r?)", line)
        if match and len(line.split()[0]) > 8 and "-" in line.split()[0]:
            begin, end, readable = int(match[1], 16), int(match[2], 16), match[3] == "r"
            name = line.split(maxsplit=5)[5].strip() if len(line.split(maxsplit=5)) > 5 else ""
        elif line.startswith("VmFlags:") and begin is not None and readable and name != "[vvar]":
            yield begin, end, " lo" in line


def pieces(pid):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end, locked in mappings(pid):
            try:
                memory.seek(begin)
                yield begin, memory.read(end - begin), locked
            except (OSError, ValueError, OverflowError):
                continue


def find(value, pid):
    wanted = encodings(value)
    for begin, content, locked in pieces(pid):
        for name, pattern in wanted.items():
            place = content.find(pattern)
            while place >= 0:
                yield f"{pid} {begin + place:#x} {'locked' if locked else 'unlocked'} {name}"
                place = content.find(pattern, place + 1)


def new_value(length):
    return "".join(random.choice(LETTERS) for _ in range(length)).encode()


def write_plain(directory, name, value):
    with open(os.path.join(directory, name), "wb", buffering=0) as file:
        file.write(value + b"\n")
    yield


def write_at_close(directory, name, value):
    """Two lines: only the close sends them."""
    middle = len(value) // 2
    file = os.open(os.path.join(directory, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        os.write(file, value[:middle] + b"\n" + value[middle:])
    finally:
        os.close(file)
    yield


def write_by_rename(directory, name, value):
    path = os.path.join(directory, ".scratch")
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(file, value)
    os.close(file)
    try:
        os.rename(path, os.path.join(directory, name))
    except OSError:
        os.unlink(path)
        raise
    yield


def write_and_be_killed(directory, name, value):
    """A child that writes is killed while the request is on its way."""
    child = os.fork()
    if not child:
        with open(os.path.join(directory, name), "wb", buffering=0) as file:
            file.write(value + b"\n")
        os._exit(0)
    time.sleep(0.15)
    os.kill(child, 9)
    os.waitpid(child, 0)
    time.sleep(0.02)
    yield


WAYS = {
    "write": write_plain,
    "close": write_at_close,
    "rename": write_by_rename,
    "killed": write_and_be_killed,
}


def look(value, pids):
    return [hit for pid in pids for hit in find(value, pid)]


def write_one(directory, way, length, pids):
    """The hits for one new value, or None where the look came too late to count."""
    value = new_value(length)
    parts = [value]
    if way == "close":
        parts = [part for part in (value[: length // 2], value[length // 2 :]) if len(part) > 4]
    hits = []
    steps = WAYS[way](directory, "CANARY", value)
    try:
        next(steps, None)
    except OSError:
        pass
    # The kernel tells of the close a moment later, and only then the handle's own copy goes.
    time.sleep(0.05)
    begun = time.monotonic()
    for part in parts:
        hits += look(part, pids)
    if time.monotonic() - begun > 5:
        print("the look took too long to be worth anything", file=sys.stderr)
    return hits


def lengths(count):
    yield from (5, 6, 17, 64, 511, 513, 4095, 4097, 5000)
    for _ in range(count - 9):
        yield random.randint(5, 5000)


def write(count, directory, way, pids):
    hits = []
    for length in lengths(count):
        found = write_one(directory, way, length, pids)
        # A short value may be there by chance: but hardly twice.
        if found and length < 8:
            found = write_one(directory, way, length, pids)
        hits += [f"{hit} ({length} bytes)" for hit in found]
    print("\n".join(hits))
    print(f"{count} values")


def main():
    command = sys.argv[1]
    if command == "write":
        write(int(sys.argv[2]), sys.argv[3], sys.argv[4], [int(pid) for pid in sys.argv[5:]])
        return
    value = open(sys.argv[2], "rb").read().rstrip(b"\n")
    if command == "find":
        print("\n".join(look(value, [int(pid) for pid in sys.argv[3:]])))
    else:
        for path in sys.argv[3:]:
            content = open(path, "rb").read()
            for name, pattern in encodings(value).items():
                if pattern in content:
                    print(f"{path} {name}")


if __name__ == "__main__":
    main()
