#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
#
# A control plane, and a Workers KV, that send what they should not: what must not be shown is nowhere,
# nothing is sent that changes what it must not, and nothing they send is too much.

. "$HSXFS_TESTS/lib/common.sh"

plane_token="plane-token-77aa88bb99cc00dd"
projects=/v0/accounts/acct_demo/projects
installs=$project/production/installs
flags=$project/production/flags

# say JQ-PROGRAM: a rule of lib/hostile_control_plane.py.
say()
{
	jq -nc "$1" >rule.json
	curl -sS -f -m 20 --data-binary @rule.json "$plane/admin/rule" >/dev/null
}

forget()
{
	curl -sS -f -m 10 -X DELETE "$plane/admin/rules" >/dev/null
	say "{path: \"${projects}[?]\", body: {items: [
		{projectId: \"acme-crm\", workers: [\"deals\"], apps: [\"123456\"]}]}}"
}

# The kernel may forget to say that a directory was closed if it is unmounted at once.
unmount()
{
	cat "$mnt/.status" >/dev/null
	hsxfs_unmount
}

# sent PATTERN: how many requests came.
sent()
{
	curl -sS -f -m 10 "$plane/admin/requests" | grep -Ec "$1" || true
}

# plane_config [JQ-FILTER]
plane_config()
{
	(umask 077 && echo "$plane_token" >plane-token)
	# shellcheck disable=SC2016 # jq variables
	config_write '.accounts.acct_demo.control_plane = {api: $plane, token: {file: "\($here)/plane-token"}}
		| .accounts.acct_demo.projects["acme-crm"].environments.production.allow_promote = true
		| '"${1:-.}" --arg plane "$plane" --arg here "$PWD"
}

# read_everything: what any way of looking at the mount and at the daemon's log gives.
read_everything()
{
	find "$mnt" -printf '%p %l %s %t\n'
	find "$mnt" -type f -exec cat {} +
	getfattr -R -d -m - "$mnt"
	find "$mnt" -type d -exec sh -c 'cat "$1/.errors" "$1/.status"' - {} \;
	cat "$project/production/routes/.deploys" "$log"
} >everything 2>&1

no_poison()
{
	read_everything || true
	[ "$(wc -c <everything)" -gt 2000 ] || fail "only $(wc -c <everything) bytes were read"
	! grep -Eao ".{60}($1).{20}|($1)" everything >found || fail "shown: $(head -n 5 found)"
}

rm -f plane.url
hsxfs_background python3 "$HSXFS_TESTS/lib/hostile_control_plane.py" plane.url
wait_until 10 has_a_line plane.url
plane=$(cat plane.url)
emulator_start
plane_config
forget

# Thirty records, each with something that nobody may see.
cat >poisoned.jq <<'JQ'
def good: {portalId: "1", state: "active", installId: "inst_1", updatedAt: "2026-05-01T00:00:00Z"};
[	{accessToken: "pat-na1-POISON"}, {refreshToken: "POISON"}, {email: "POISON@example.com"},
	{POISON: 1}, {"POISON\u001b[2J": {}}, {sealed: {v: 1, blob: "POISON=="}}, {owner: [{name: "POISON"}]},
	{state: "POISON@example.com"}, {state: "Bearer POISON"}, {state: "pat-POISON"}, {state: "eyJPOISON"},
	{state: "POISON-5fe2d9b0-9c11"}, {state: ("POISON" * 6)}, {state: "active\u0000POISON"},
	{state: "active\nPOISON"}, {state: {POISON: "POISON"}}, {state: "\u009bPOISON"},
	{installId: "POISON@example.com"}, {installId: "pat-na1-POISON"}, {installId: "eyJPOISON.eyJ.x"},
	{installId: ("POISON" * 11)}, {installId: "POISON/.."}, {updatedAt: "2026-05-01T00:00:00Z POISON"},
	{updatedAt: "POISON"}, {createdAt: {POISON: true}}, {hubSpotAppId: "POISON"},
	{portalId: "POISON"}, {portalId: "31337\u001b]0;POISON\u0007"}, {projectId: "POISON"},
	{accountId: "POISON", environment: "POISON"}]
| to_entries | map({portalId: "\(.key + 5000)"} as $own | good + $own + .value)
JQ
jq -n -f poisoned.jq >poisoned.json
expect_equal "$(jq length poisoned.json)" 30 "poisoned records"
say "{path: \"/installs\", body: {items: $(cat poisoned.json), POISON: \"POISON\", nextCursor: null}}"
say '{path: "/deploys[?]", body: {items: [
	{deployId: "deploy_1", git: {author: "POISON@example.com"}, token: "POISON"}]}}'
say '{path: "/routes$", body: {POISON: "POISON", attestation: {environment: "POISON", token: "POISON"}, items: [
	{environment: "production", active: "deploy_1", by: "POISON@example.com", reason: "promote"},
	{environment: "POISON", active: "POISON", reason: "POISON"}]}}'
hsxfs_mount -d
hsxfs_expect_log '^hsxfs: '
expect_status 0 ls "$installs"
expect_equal "$(wc -l <output)" 26 "portals that are shown"
no_poison POISON
has_message everything '"state": "unknown"'
has_message everything '"state": "active"'
has_message everything 'user.hsxfs.serving="unknown"'
expect_output 4 getfattr --only-values -n user.hsxfs.unshown "$installs"
unmount

# The tokens, sent back in answers that succeed and in answers that fail.
forget
hsxfs_mount -d -o ttl=0
for answer in \
	'{path: "/installs", item: {portalId: "7", state: "@TOKEN@", installId: "@TOKEN@"}}' \
	'{path: "/installs", body: {ok: false, error: "@TOKEN@", message: "no @TOKEN@ here"}, status: 403}' \
	'{path: "/routes$", body: {items: [{environment: "production", active: "@TOKEN@", reason: "@TOKEN@"}]}}' \
	'{path: "/routes$", body: {ok: false, error: "x", message: ("x" * 290 + "@TOKEN@")}, status: 409}' \
	'{path: "/deploys[?]", body: {items: [{deployId: "d", status: "@TOKEN@"}]}}' \
	'{path: "/projects[?]", body: {items: [{projectId: "@TOKEN@"}, {projectId: "a/@TOKEN@"}]}}'; do
	say "$answer"
	no_poison "plane-token-77aa|$plane_token|$token"
	forget
done
unmount

# A Worker that another project of the configuration has, or may have, is nobody's who is told of it;
# names that no directory can have are none, and none is written to.
plane_config '.accounts.acct_demo.projects += {crm: {}, "crm-eu": {}, bare: {}}'
say "{path: \"${projects}[?]\", body: {items: (
	([\"..\", \".\", \".git\", \"a/b\", \"\\u001b[2J\", \"a\\nb\", \"\\u009b\", (\"x\" * 300), \"Acme_CRM\",
	  \"acme crm\", \"dup\", \"dup\", \"-rf\"] | map({projectId: ., workers: [\"deals\"], apps: [\"1\"]})) + [
	{projectId: \"crm\", workers: [\"eu-deals\"]}, {projectId: \"crm-eu\", workers: [\"deals\"]},
	{projectId: \"acme\", workers: [\"crm-deals\"]}, {projectId: \"bare\", workers: [\"deals\"]},
	{projectId: \"acme-crm\", workers: [\"deals-staging\", \"other\"]},
	{projectId: \"many\", workers: [range(40) | \"w\\(.)\"]}, {projectId: {}}, 5, null])}}"
hsxfs_mount
expect_output '-rf Acme_CRM acme acme\ crm acme-crm bare crm crm-eu dup many' \
	bash -c 'LC_ALL=C ls -b "$1" | paste -sd " "' - "$mnt/acct_demo"
scripts_of()
{
	getfattr --only-values --absolute-names -n user.hsxfs.scripts \
		"$mnt/acct_demo/$1/production/secrets" 2>/dev/null || true
}
for name in crm acme Acme_CRM 'acme crm' many; do
	expect_equal "$(scripts_of "$name")" '' "scripts of $name"
	expect_errno 'open EROFS' write "$mnt/acct_demo/$name/production/secrets/STRIPE_KEY" key
done
expect_equal "$(scripts_of crm-eu)" hsx-acct-demo-crm-eu-deals
expect_equal "$(scripts_of bare)" hsx-acct-demo-bare-deals
expect_equal "$(scripts_of acme-crm)" "$production"
expect_equal "$(requests 'P*')$(requests DELETE)" 00 "changes"
unmount

# Promotions: only what attested this environment is sent, once, whatever comes of it.
plane_config
forget
say '{path: "/promote", body: {environment: "production", active: "d2"}}'
say '{path: "/routes$", body: {items: [{environment: "production", active: "d1", previous: "d0"}]}}'
hsxfs_mount -o ttl=0
promote()
{
	hsxfs_run sh -c 'echo d2 >"$1"' - "$project/production/routes/active"
	[ "$status" != 0 ] || fail "status 0: $1"
}
for attested in '{environment: "staging", healthy: true}' '{environment: "Production", healthy: true}' \
	'{environment: "production\u0000", healthy: true}' '{environment: ["production"], healthy: true}' \
	'{environment: "@TOKEN@", healthy: true}' '{environment: "production", healthy: "true"}' \
	'{environment: "production", healthy: true, deployId: "d9"}' '{healthy: true}' null; do
	say "{path: \"/deploys/d2\$\", method: \"GET\", body: {deployId: \"d2\", attestation: $attested}}"
	promote "$attested"
done
expect_equal "$(sent '^P')" 0 "changes"
say '{path: "/deploys/d2$", method: "GET",
	body: {deployId: "d2", attestation: {environment: "production", healthy: true}}}'
count=0
for answer in 'drop: true' 'status: 500, body: null' 'status: 503, headers: {"Retry-After": "0"}, body: null' \
	'status: 307, headers: {Location: "/v0/x"}, body: {}' 'status: 408, headers: {Connection: "close"}, body: {}' \
	'body: {environment: "production", active: "d7"}' 'raw: "junk"' 'status: 421, body: {}' \
	'status: 401, headers: {"WWW-Authenticate": "Basic realm=x"}, body: null'; do
	say "{path: \"/promote\", $answer}"
	promote "$answer"
	count=$((count + 1))
	expect_equal "$(sent '^P')" "$count" "promotions sent up to $answer"
	wait_until 5 ls "$project/production/routes" >/dev/null 2>&1
done
unmount

# Lists without an end, and pages that are too much.
forget
hsxfs_mount -o ttl=0
for answer in 'body: {items: [], nextCursor: "@N@"}' \
	'item: {portalId: "1", state: "active"}, count: 1000, next: "@N@"' \
	'item: {portalId: "@I@"}, count: 10001' 'raw: ("[" * 3000 + "]" * 3000)' \
	'raw: ("{\"items\":[" + "1," * 700000 + "1]}")' 'raw: ("{\"items\":[" + "[]," * 200000 + "1]}")'; do
	say "{path: \"/installs\", $answer}"
	expect_failure timeout 20 ls "$installs"
	has_message errors 'Protocol error'
done
say "{path: \"${projects}[?]\", item: {projectId: \"p@N@\"}, next: \"@N@\"}"
expect_failure timeout 20 ls "$mnt/acct_demo"
expect_status 0 cat "$secrets/STRIPE_KEY"
unmount

# Fifty thousand projects.
forget
for page in 5 4 3 2 1; do
	say "{path: \"${projects}[?].*cursor=$page\$\", body: {nextCursor: (if $page < 5 then \"$((page + 1))\" else null end),
		items: [range(10000) | {projectId: \"p$page-\\(.)\", workers: [\"w\"], apps: [\"1\"]}]}}"
done
say "{path: \"${projects}[?]limit=1000\$\", body: {items: [], nextCursor: \"1\"}}"
hsxfs_mount
expect_within 20000 expect_status 0 ls -f "$mnt/acct_demo"
expect_equal "$(grep -c '^p[1-5]-' output)" 50000 "projects"
expect_within 2000 expect_status 0 stat "$mnt/acct_demo/p5-9999/production"
unmount

# A project's app changes while the pages of its installs come.
forget
say "{path: \"${projects}[?]\", body: {items: [{projectId: \"acme-crm\", apps: [\"1@N@\"]}]}}"
say '{path: "/installs", item: {portalId: "@I@", hubSpotAppId: "11"}, count: 1000, next: "@N@"}'
asked=$(sent 'projects[?]')
hsxfs_mount -o ttl=1
python3 - "$mnt/acct_demo" <<'PYTHON'
import os
import sys
import time

with os.scandir(sys.argv[1] + "/acme-crm/production/installs") as entries:
    for _ in range(10):
        next(entries)
    time.sleep(10.5)
    os.listdir(sys.argv[1])
    for _ in range(4000):
        assert next(entries).name.isdigit()
PYTHON
expect_equal "$(sent 'projects[?]')" $((asked + 2)) "requests for projects"
unmount

# Workers KV: keys that never end, names and values of every kind.
api=$plane
plane_config '.accounts.acct_demo.projects["acme-crm"].environments.production.flags_kv = "0123456789abcdef0123456789abcdef"'
forget
# kv PATTERN RESULT [INFORMATION]
kv()
{
	say "{path: \"$1\", body: {success: true, errors: [], messages: [], result: $2,
		result_info: ${3:-null}}}"
}
hsxfs_mount -o ttl=0
kv '/keys[?]' '[]' '{cursor: "@N@"}'
expect_failure timeout 20 ls "$flags"
kv '/keys[?]' '[range(1000) | {name: "k\(.)"}]' '{cursor: "@N@"}'
expect_failure timeout 20 ls "$flags"
kv '/keys[?]' '[{name: "snapshot"}]'
kv '/bulk/get' '{values: {snapshot: ({flags: {"..": {state: "enabled"}, ".git": {state: "enabled"},
	"a/b": {state: "enabled"}, "\u001b[2J": {state: "enabled"}, ("x" * 300): {state: "enabled"},
	fine: {key: "fine", state: "enabled"}}} | tojson)}}'
expect_output '\033[2J fine' bash -c 'ls -b "$1" | paste -sd " "' - "$flags"
kv '/bulk/get' '{values: {snapshot: ("[" + "[]," * 200000 + "1]")}}'
expect_output snapshot ls "$flags"
kv '/bulk/get' '{values: {snapshot: ("[" * 2500 + "]" * 2500)}}'
expect_output snapshot ls "$flags"
say '{path: "/bulk/get", status: 403, body: {success: false, messages: [], result: null,
	errors: [{code: 10000, message: ("x" * 250 + "@TOKEN@")}]}}'
expect_failure ls "$flags"
no_poison "$token|$plane_token"
unmount
