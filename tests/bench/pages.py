#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pages.py URL [PAGES]: reads a listing page after page on one connection; prints its size in bytes."""

import http.client
import json
import os
import sys
from urllib.parse import quote, urlsplit

parts = urlsplit(sys.argv[1])
pages = int(sys.argv[2]) if len(sys.argv) > 2 else sys.maxsize
connection = http.client.HTTPConnection(parts.hostname, parts.port)
headers = {"Authorization": "Bearer " + os.environ["token"]}
cursor, size = "", 0
while pages > 0:
    query = "?limit=1000" + ("&cursor=" + quote(cursor) if cursor else "")
    connection.request("GET", parts.path + query, headers=headers)
    body = connection.getresponse().read()
    size += len(body)
    cursor = json.loads(body)["nextCursor"]
    pages = pages - 1 if cursor else 0
print(size)
