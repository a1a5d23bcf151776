#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""silent_name_server.py FILE: takes questions at port 53 and never answers; a line for each in FILE.

Meant for a network namespace of its own, whose loopback interface it brings up.
"""

import fcntl
import socket
import struct
import sys

SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def bring_up(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", name, 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", name, flags | IFF_UP))


def main():
    bring_up(b"lo")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        with open(sys.argv[1], "w", encoding="ascii", buffering=1) as questions:
            while True:
                questions.write(f"{len(server.recv(4096))} bytes\n")


if __name__ == "__main__":
    main()
