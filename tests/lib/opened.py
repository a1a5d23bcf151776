#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""opened.py TRACE: what a daemon opened while it had a write to answer.

TRACE is what `strace -f -y -xx -s 4096` wrote. Prints for each write that came through /dev/fuse the line
`write`, and then each file, once, that any thread opened, or tried to, between the write's arrival
and the answer to it.
"""

import re
import struct
import sys

FUSE_WRITE = 16
RECEIVED = re.compile(r'(?:read\(\d+<[^>]*>, |<\.\.\. read resumed>)"((?:\\x..){40,})"')
ANSWERED = re.compile(r'writev\(\d+<[^>]*>, \[\{iov_base="((?:\\x..){16})"')
OPENS = re.compile(r'\b(open|openat|openat2|creat)\((?:[^"]*, )?"([^"]*)"')


def decode(text):
    return bytes(int(byte, 16) for byte in text.split("\\x")[1:])


def main():
    waiting = {}
    for line in open(sys.argv[1], errors="replace"):
        if match := RECEIVED.search(line):
            _, operation, unique = struct.unpack("=IIQ", decode(match[1])[:16])
            if operation == FUSE_WRITE:
                waiting[unique] = []
        elif match := ANSWERED.search(line):
            _, _, unique = struct.unpack("=IiQ", decode(match[1]))
            if unique in waiting:
                print("\n".join(["write"] + waiting.pop(unique)))
        elif match := OPENS.search(line):
            path = decode(match[2]).decode() if "\\x" in match[2] else match[2]
            for files in waiting.values():
                if path not in files:
                    files.append(path)
    if waiting:
        sys.exit("a write was not answered")


if __name__ == "__main__":
    main()
