#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""name_server.py FILE: answers each question at port 53 with 127.0.0.1; a line for each in FILE.

Meant for a network namespace of its own, whose loopback interface it brings up.
"""

import socket
import sys

from silent_name_server import bring_up

ADDRESS_RECORD = 1


def end_of_question(message):
    place = 12
    while message[place]:
        place += 1 + message[place]
    return place + 5


def answer(message):
    end = end_of_question(message)
    question = message[12:end]
    has_answer = int.from_bytes(question[-4:-2], "big") == ADDRESS_RECORD
    record = b"\xc0\x0c" + question[-4:] + (60).to_bytes(4, "big") + b"\x00\x04\x7f\x00\x00\x01"
    counts = b"\x00\x01" + (b"\x00\x01" if has_answer else b"\x00\x00") + b"\x00\x00\x00\x00"
    return message[:2] + b"\x81\x80" + counts + question + (record if has_answer else b"")


def main():
    bring_up(b"lo")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        with open(sys.argv[1], "w", encoding="ascii", buffering=1) as questions:
            while True:
                message, client = server.recvfrom(4096)
                questions.write(f"{len(message)} bytes\n")
                server.sendto(answer(message), client)


main()
