#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > An answer of Cloudflare, of Workers KV or of the control plane that repeats a token of the mount, of twelve
#   bytes or more, escaped as in JSON or not, is EPROTO, and nothing of it is shown; the verdict on a change
#   holds all the same.
#
# Servers that put a token into what becomes names and files.

. "$HSXFS_TESTS/lib/common.sh"

cat >server.py <<'END'
import http.server
import json
import sys

TOKENS = {"cloudflare": "cf-token-11aa22bb33cc44dd", "plane": "plane-token-77aa88bb99cc00dd"}


def escaped(text):
    return "\\u%04x" % ord(text[0]) + text[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, body):
        """The body is JSON text with MARK, MARK2 (JSON within a text) or OTHER in the place of a token."""
        own = TOKENS["plane" if self.path.startswith("/plane") else "cloudflare"]
        mode = open("mode").read().strip()
        if mode == "honest" or mode == "verdicts" and self.command != "PUT":
            own = "something-quite-different"
        body = body.replace("MARK2", escaped(own).replace("\\", "\\\\"))
        body = body.replace("OTHER", TOKENS["plane"] if mode == "lying" else "nobody").replace("MARK", escaped(own))
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path = self.path
        envelope = '{"success": true, "errors": [], "result": %s}'
        if "/routes" in path:
            route = '{"environment": "production", "active": "d_7", "previous": "d_6", "reason": "MARK"}'
            self.reply('{"items": [%s], "routes": [%s]}' % (route, route))
        elif "/installs" in path:
            self.reply('{"items": [{"portalId": "12", "environment": "production", "state": "MARK", '
                       '"accountId": "acct_demo", "projectId": "acme-crm"}], "nextCursor": null}')
        elif path.startswith("/plane"):
            self.reply('{"items": [{"projectId": "acme-crm", "workers": ["deals"], "apps": ["123456"]}], '
                       '"nextCursor": null}')
        elif "/values/" in path:
            self.reply('{"FLAG": {"key": "FLAG", "description": "MARK"}}')
        elif "/staging" in path or "-staging/" in path:
            self.reply(envelope % '[{"name": "OTHER", "type": "secret_text"}]')
        elif "/secrets" in path:
            self.reply(envelope % '[{"name": "STRIPE_KEY", "type": "secret_text"}, '
                                  '{"name": "/MARK", "type": "secret_text"}, {"name": "MARK", "type": "secret_text"}]')
        elif "/keys" in path:
            self.reply(envelope % '[{"name": "FLAG"}]')
        else:
            self.reply(envelope % "[]")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.reply('{"success": true, "errors": [], "result": {"values": {"FLAG": "{\\"key\\": \\"FLAG\\", '
                   '\\"description\\": \\"MARK2\\"}"}}}')

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.reply('{"success": true, "errors": [], "result": {"name": "MARK"}}')


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open(sys.argv[1], "w").write(f"http://127.0.0.1:{server.server_port}\n")
server.serve_forever()
END

echo honest >mode
hsxfs_expect_log "^hsxfs: "
hsxfs_background python3 server.py server.url
wait_until 10 has_a_line server.url
server=$(cat server.url)
api=$server/client/v4
(umask 077 && echo cf-token-11aa22bb33cc44dd >cloudflare-token && echo plane-token-77aa88bb99cc00dd >plane-token)

# mounts [FILTER]: with flags from the namespace's keys, or as the filter says.
mounts()
{
	config_write '.accounts.acct_demo.cloudflare.token = {file: "\($here)/cloudflare-token"}
		| .accounts.acct_demo.control_plane = {api: "\($server)/plane", token: {file: "\($here)/plane-token"}}
		| .accounts.acct_demo.projects."acme-crm".environments.production.flags_kv =
		  "0123456789abcdef0123456789abcdef" | '"${1:-.}" \
		--arg here "$PWD" --arg server "$server"
	hsxfs_mount -d -o ttl=0
}

# is_shown STATUS: each of what the servers tell.
is_shown()
{
	expect_status "$1" ls "$secrets"
	expect_status "$1" ls "$project/staging/secrets"
	expect_status "$1" cat "$project/production/routes/reason"
	expect_status "$1" cat "$project/production/installs/12"
	expect_status "$1" cat "$project/production/flags/FLAG"
}

for filter in . '.accounts.acct_demo.projects."acme-crm".environments.production.flags_key = "all"'; do
	echo honest >mode
	mounts "$filter"
	is_shown 0
	echo lying >mode
	kill -HUP "$daemon"
	sleep 1.2
	for path in "$secrets" "$project/staging/secrets" "$project/production/routes/reason" \
		"$project/production/installs/12" "$project/production/flags/FLAG"; do
		expect_failure ls -l "$path"
		has_message errors 'Protocol error'
	done
	echo verdicts >mode
	bash -c "echo value >'$secrets/STRIPE_KEY'" || fail "the verdict was not believed"
	echo lying >mode
	{ ls -lR "$mnt"; grep -r . "$mnt"; cat "$mnt/.errors" "$mnt/.status" "$mnt/.audit" "$log"; } >shown 2>&1 || true
	if grep -E 'token-(11aa22|77aa88)' shown; then
		fail "a token is shown"
	fi
	echo honest >mode
	hsxfs_unmount
done
