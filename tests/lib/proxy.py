#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""proxy.py PORT FILE: a proxy that refuses everything and writes each request line to FILE."""

import socket
import sys


def main():
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
        with open(sys.argv[2], "w", encoding="utf-8", buffering=1) as seen:
            while True:
                with server.accept()[0] as connection:
                    connection.settimeout(5)
                    line = connection.recv(4096).split(b"\r\n")[0]
                    seen.write(line.decode(errors="replace") + "\n")
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


main()
