#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""free_ports.py N: prints N loopback ports that nobody listened on a moment ago."""

import socket
import sys

sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
