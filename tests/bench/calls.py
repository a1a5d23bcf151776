#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""calls.py KIND ARGUMENT...: microseconds of one call, the median of many."""

import http.client
import json
import os
import statistics
import sys
import time
from urllib.parse import urlsplit

ROUNDS = 400


def median(call):
    for number in range(20):
        call(number)
    times = []
    for number in range(ROUNDS):
        began = time.perf_counter_ns()
        call(number)
        times.append(time.perf_counter_ns() - began)
    return statistics.median(times) / 1000


def write(path):
    def call(number):
        with open(path, "wb", buffering=0) as file:
            file.write(b"value-%d\n" % number)

    return call


def put(url, token):
    """The floor: the same request over one connection that stays."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}

    def call(number):
        body = json.dumps({"name": "BENCH", "text": f"value-{number}", "type": "secret_text"})
        connection.request("PUT", parts.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{answer.status} {answer.reason}")

    return call


def sync(path):
    """The floor of a journal: one short line that is on the disk."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def call(number):
        os.write(file, b"x" * 400 + b"\n")
        os.fdatasync(file)

    return call


def stat(path):
    return lambda number: os.stat(path)


KINDS = {"write": write, "put": put, "sync": sync, "stat": stat}
print(median(KINDS[sys.argv[1]](*sys.argv[2:])))
