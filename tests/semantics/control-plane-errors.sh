#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > | the token is not known (401) | EACCES |
# > | the token lacks a permission (403) | EPERM |
# > | the body or an id is not accepted (400, 422), or the deploy is for another environment | EINVAL |
# > | a gate is closed (409, 423) | EBUSY |
# > | somebody else has changed the flag (`version_conflict`, 412) | EBUSY |
# > | a flag of that key exists (`exists`) | EEXIST |
# > | too many requests (429) | EBUSY |
# > | an error of its own (5xx) | EIO |
# > | something that is not the contract's answer | EPROTO |
#
# What the control plane says, to a look, a promotion, and the making and the change of a flag.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config
hsxfs_mount -o deadline=0.7,ttl=0.01
ls "$routes" "$flags" >/dev/null

# One process for all of them: each row is an answer, the errno, and what gets it. .errors has it
# with its words.
cat >answers.py <<'PYTHON'
import errno
import json
import os
import sys
import time
import urllib.request

admin, production = sys.argv[1:]
flag = production + "/flags/new-pricing"
METHODS = {"look": "GET", "promote": "POST", "make": "POST", "change": "PATCH", "replace": "PUT"}


def call(method, body=None):
    data = json.dumps(body).encode() if body else None
    urllib.request.urlopen(urllib.request.Request(admin + "/rules", data, method=method), timeout=10)


def write(path, text):
    with open(path, "w", buffering=1) as file:
        file.write(text)


def attempt(what, number):
    if what == "look":
        os.listdir(production + "/routes")
    elif what == "promote":
        write(production + "/routes/active", "deploy_acme-crm_010\n")
    elif what == "make":
        write(f"{production}/flags/new-{number}", "enabled\n")
    elif what == "change":
        write(flag, "disabled\n")
    else:
        with open(flag) as file:
            definition = json.load(file)
        write(flag, json.dumps(definition | {"state": "disabled"}))


def says(answer, wanted, what, number):
    path = "*/routes" if what == "look" else "/control-plane/*"
    call("POST", answer | {"method": METHODS[what], "path": path, "times": -1})
    time.sleep(0.02)
    try:
        attempt(what, number)
        got = "ok"
    except OSError as error:
        got = errno.errorcode[error.errno]
    call("DELETE")
    with open(production + "/.errors") as file:
        line = json.loads(file.readlines()[-1])
    if got != wanted or line["errno"] != wanted or answer.get("message", "") not in line["message"]:
        sys.exit(f"not so: {what}, {answer}: {got}, not {wanted}; {line}")


for number, row in enumerate(sys.stdin):
    answer, wanted, *whats = row.strip().split(" | ")
    for what in whats:
        says(json.loads(answer), wanted, what, number)
print(number + 1, "rows")
PYTHON
cat >rows <<'ROWS'
{"status": 401, "error": "unauthorized", "message": "Who are you?"} | EACCES | look | promote | make | change | replace
{"status": 403, "error": "forbidden", "message": "Readers only."} | EPERM | look | promote | make | change | replace
{"status": 400, "error": "invalid", "message": "No such thing."} | EINVAL | look | promote | make | change | replace
{"status": 422, "error": "invalid", "message": "No such thing."} | EINVAL | look | promote | make | change | replace
{"status": 409, "error": "environment_mismatch", "message": "It is staging."} | EINVAL | promote
{"status": 409, "error": "frozen", "message": "Frozen."} | EBUSY | promote | make | change | replace
{"status": 423, "error": "approval", "message": "Approve it first."} | EBUSY | promote | make | change | replace
{"status": 409, "error": "version_conflict", "message": "It is version 9."} | EBUSY | change | replace
{"status": 412, "error": "changed", "message": "It is another."} | EBUSY | change | replace
{"status": 409, "error": "exists", "message": "It is there."} | EEXIST | make
{"status": 500, "error": "internal", "message": "Out of order."} | EIO | look | promote | make | change
{"status": 503, "error": "internal", "message": "Out of order."} | EIO | look | make
{"status": 507, "error": "internal", "message": "Out of order."} | EIO | look | make
{"status": 200, "raw": "<html>hello</html>", "headers": {"Content-Type": "text/html"}} | EPROTO | look | promote
{"status": 200, "raw": "{\"items\":", "headers": {"Content-Type": "application/json"}} | EPROTO | look
{"status": 200, "body": {"items": 7}} | EPROTO | look
{"status": 200, "body": 7} | EPROTO | look
{"status": 302, "raw": "", "headers": {"Location": "https://example.com/"}} | EPROTO | look
ROWS
expect_output "18 rows" python3 answers.py "$admin" "$project/production" <rows

# Nothing of it was done.
expect_equal "$(plane_state .history)" '[]' "what was granted"
expect_equal "$(plane_state '[.accounts.acct_demo.projects["acme-crm"].flags.production["123456"] | keys[]] | join(" ")')" \
	'new-checkout new-pricing'

# Nothing is sent for a while after a 429.
for what in look promote change; do
	expect_output "1 rows" python3 answers.py "$admin" "$project/production" \
		<<<"{\"status\": 429, \"error\": \"rate_limited\"} | EBUSY | $what"
	sleep 1.1
done
hsxfs_unmount
