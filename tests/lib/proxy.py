#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""proxy.py PORT FILE [pass]: a proxy that writes each request line to FILE and refuses everything, or
passes each CONNECT on."""

import socket
import sys
import threading


def copy(source, target):
    while piece := source.recv(65536):
        target.sendall(piece)
    target.shutdown(socket.SHUT_WR)


def connect(client, place):
    host, port = place.rsplit(":", 1)
    with client, socket.create_connection((host, int(port)), 5) as server:
        client.settimeout(None)
        server.settimeout(None)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        back = threading.Thread(target=copy, args=(server, client), daemon=True)
        back.start()
        copy(client, server)
        back.join()


def head_of(client):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(4096)
        if not piece:
            break
        head += piece
    return head


def serve(client, seen, passes):
    client.settimeout(5)
    line = head_of(client).split(b"\r\n")[0].decode(errors="replace")
    seen.write(line + "\n")
    method, place = (line.split(" ") + ["", ""])[:2]
    if passes and method == "CONNECT":
        threading.Thread(target=connect, args=(client, place), daemon=True).start()
        return
    with client:
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def main():
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
        with open(sys.argv[2], "a", encoding="utf-8", buffering=1) as seen:
            while True:
                serve(server.accept()[0], seen, "pass" in sys.argv[3:])


main()
