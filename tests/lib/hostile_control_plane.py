#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
A server that answers what it is told to, to everybody who asks.

hostile_control_plane.py URL-FILE: listens on loopback and writes its address into the file.

POST   /admin/rule      {"path": REGEX, "method": "GET", "status": 200, ...}: the latest one that matches
                        decides. Its answer is "body" (any JSON), or "raw" (a text), or a list of "count"
                        times "item" with the cursor "next"; "drop": true closes the connection instead.
                        In texts @TOKEN@ is the token that came, @N@ how often the rule was used, @I@ the
                        item's number.
DELETE /admin/rules     forgets them: what no rule matches is 404 not_found
GET    /admin/requests  what came, a line each: METHOD PATH
"""

import http.server
import json
import os
import re
import sys
import threading

NOT_FOUND = {"status": 404, "body": {"ok": False, "error": "not_found", "message": "no such thing"}}


class Script:
    """The rules, and what came."""

    def __init__(self):
        self.lock = threading.Lock()
        self.rules = []
        self.requests = []

    def add(self, rule):
        with self.lock:
            self.rules.insert(0, dict(rule, used=0))

    def forget(self):
        with self.lock:
            self.rules = []

    def take(self, method, path):
        with self.lock:
            self.requests.append(f"{method} {path}")
            for rule in self.rules:
                if re.search(rule["path"], path) and rule.get("method", method) == method:
                    rule["used"] += 1
                    return dict(rule)
        return NOT_FOUND


def list_of(rule, used):
    item = json.dumps(rule["item"])
    count = rule.get("count", 1)
    first = (used - 1) * count
    items = ",".join(item.replace("@I@", str(first + i)) for i in range(count))
    return f'{{"items": [{items}], "nextCursor": {json.dumps(rule.get("next"))}}}'


def text_of(rule, token):
    used = rule.get("used", 0)
    if "raw" in rule:
        text = rule["raw"]
    elif "item" in rule:
        text = list_of(rule, used)
    else:
        text = json.dumps(rule.get("body"))
    return text.replace("@TOKEN@", token).replace("@N@", str(used))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    script = Script()

    def log_message(self, *arguments):
        pass

    def answer(self, status, text, headers=None):
        body = text.encode("utf-8", "surrogatepass")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def administer(self, body):
        if self.path == "/admin/rule":
            self.script.add(json.loads(body))
        elif self.path == "/admin/rules":
            self.script.forget()
        self.answer(200, "".join(line + "\n" for line in self.script.requests))

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/admin/"):
            self.administer(body)
            return
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        rule = self.script.take(self.command, self.path)
        if rule.get("drop"):
            self.close_connection = True
            return
        self.answer(rule.get("status", 200), text_of(rule, token), rule.get("headers"))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
        file.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server.serve_forever()


main()
