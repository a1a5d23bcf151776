#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
#
# > The portals of all environments of a mount are at most 1,000,000, those that directories still show which
#   were opened before included; these go first (reading on is ENOMEM then), and what has no room is ENOMEM.

. "$HSXFS_TESTS/lib/common.sh"

cat >server.py <<'END'
import http.server
import json
import sys
import urllib.parse

PAGES, PAGE = 60, 10000


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        body = {"items": [{"projectId": "acme-crm", "workers": ["deals"], "apps": ["123456"]}], "nextCursor": None}
        if "installs" in url.path:
            environment = [e for e in ("production", "staging", "dev") if e in self.path][0]
            page = int(urllib.parse.parse_qs(url.query).get("cursor", ["0"])[0])
            body = {"items": [{"portalId": str(10**6 + page * PAGE + i), "environment": environment,
                               "accountId": "acct_demo", "projectId": "acme-crm"} for i in range(PAGE)],
                    "nextCursor": str(page + 1) if page + 1 < PAGES else None}
        data = json.dumps(body, separators=(",", ":")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open(sys.argv[1], "w").write(f"http://127.0.0.1:{server.server_port}\n")
server.serve_forever()
END

# Opens a directory, reads some of it, and goes on when it is told to.
cat >reader.py <<'END'
import os
import sys

with os.scandir(sys.argv[1]) as entries:
    next(entries)
    open("opened", "w").write("yes\n")
    sys.stdin.read()
    try:
        print(sum(1 for _ in entries), "more")
    except OSError as error:
        print(os.strerror(error.errno))
END

hsxfs_background python3 server.py server.url
wait_until 10 has_a_line server.url
emulator_start
(umask 077 && echo plane-token-0123456789 >plane-token)
config_write '.accounts.acct_demo.control_plane = {api: $plane, token: {file: "\($here)/plane-token"}}' \
	--arg plane "$(cat server.url)" --arg here "$PWD"
hsxfs_mount -o ttl=600

# portals ENVIRONMENT: how many are listed.
portals()
{
	find "$project/$1/installs" -name "[0-9]*" | wc -l
}

expect_equal "$(portals production)" 600000 "in production"
mkfifo go
python3 reader.py "$project/production/installs" <go >"read" &
reader=$!
hsxfs_processes+=("$reader")
exec 3>go
wait_until 10 test -e opened
expect_failure ls -f "$project/staging/installs"
cp errors said
has_message said 'Cannot allocate memory'
expect_equal "$(portals production)" 600000 "in production, all the same"

# Asked anew, they take the room of those whom only the open directory still shows.
kill -HUP "$daemon"
expect_equal "$(portals production)" 600000 "in production, asked anew"
exec 3>&-
wait "$reader"
expect_equal "$(cat read)" 'Cannot allocate memory' "what the open directory shows"
hsxfs_unmount
