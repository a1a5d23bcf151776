#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
# NEVER-SKIP
#
# The contract of the control plane, backends/control-plane.openapi.json, is valid OpenAPI 3.1, and
# the emulator keeps to it: every operation with every status that the contract has. hsxfs keeps to it:
# what it asks when a mount is used, and what it is answered.

# shellcheck source=tests/lib/common.sh
. "$HSXFS_TESTS/lib/common.sh"

document=$HSXFS_SOURCE/backends/control-plane.openapi.json

# contract ARGUMENT...: what it found is in the file output.
contract()
{
	local status=0

	"$HSXFS_TESTS/clients/contract.sh" "$@" >output 2>errors || status=$?
	[ "$status" != 77 ] || skip "$(sed -n 's/^skipped: //p' output)"
	return "$status"
}

# recorded [--accepted]: holds what was recorded so far to the contract.
recorded()
{
	curl -sS -f -m 10 -G --data-urlencode 'path=/control-plane/*' "$admin/requests" >record.json
	contract record "$document" /control-plane record.json "$@"
}

# refuses_document FILTER PATTERN: changed by the jq filter, the document is found fault with.
refuses_document()
{
	jq "$1" "$document" >changed.json
	if contract document changed.json; then
		fail "the document is good after $1"
	fi
	cat output errors >both
	has_message both "$2"
}

contract document "$document" || fail "$(cat output errors)"
has_message output '^15 operations$'
refuses_document 'del(.info.title)' 'violation: document: .*title'
refuses_document '.paths["/v0/accounts"].gett = {}' 'violation: document: .*gett'
refuses_document '.components.schemas.Route.requird = []' 'unknown keyword: "requird"'
refuses_document '.components.schemas.Route.examples[0].active = 7' 'schema Route: /active must be'

cat >seed.json <<-END
	{"tokens": ["$token"], "accounts": {"$account": {"name": "Demo"}},
	 "control_plane": {"read_only_tokens": ["reader"], "accounts": {
	   "acct_demo": {"name": "Demo", "cloudflare_account_id": "$account",
	     "generate_projects": {"prefix": "p", "count": 3, "template": {"workers": ["w"]}},
	     "projects": {
	       "unlinked": {"linked": false, "apps": ["123456"]},
	       "acme-crm": {"workers": ["deals"], "apps": ["123456", "654321"],
	         "attestation": {"deployId": "deploy_acme-crm_007", "environment": "production",
	                         "healthy": true, "at": "2026-06-11T13:58:40.000Z"},
	         "routes": {
	           "production": {"active": "deploy_acme-crm_007", "previous": "deploy_acme-crm_006",
	                          "reason": "promote", "updatedAt": "2026-06-11T14:02:11.000Z"},
	           "staging": {"active": "deploy_acme-crm_005"}},
	         "deploys": [
	           {"deployId": "deploy_acme-crm_010", "attestation":
	             {"environment": "production", "healthy": true, "at": "2026-06-14T10:00:00Z"}},
	           {"deployId": "deploy_acme-crm_009", "attestation":
	             {"environment": "production", "healthy": false, "at": "2026-06-13T10:00:00Z"}},
	           {"deployId": "deploy_acme-crm_008", "git": {"commit": "4f0c2d1"}, "attestation":
	             {"environment": "production", "healthy": true, "at": "2026-06-12T10:00:00Z"}},
	           {"deployId": "deploy_acme-crm_007", "status": "active", "manifestHash": "9b1f"},
	           {"deployId": "deploy_acme-crm_006"}],
	         "environments": {"production": {
	           "installs": [{"portalId": "42", "state": "active", "email": "a@example.com"}],
	           "generate_installs": {"count": 2500, "first": 1000001, "reauth_every": 10},
	           "apps": {"123456": {"flags": {"new-pricing": {"note": "kept", "version": 3}}},
	                    "654321": {}}}}}}},
	   "acct_other": {}}}}
END
emulator_start seed.json
plane=${api%/client/v4}/control-plane/v0
acme=$plane/accounts/acct_demo/projects/acme-crm
flags=$acme/environments/production/apps/123456/flags
curl -sS -f -m 10 -d '{"answers": true}' "$admin/record" >/dev/null

# ask STATUS METHOD URL [BODY]: the answer is in the file answer.
with=$token
ask()
{
	local options=(-X "$2" -H "Authorization: Bearer $with") got

	[ $# -lt 4 ] || options+=(-H 'Content-Type: application/json' -d "$4")
	got=$(curl -sS -m 10 -o answer -w '%{http_code}' "${options[@]}" "$3")
	[ "$got" = "$1" ] || fail "$2 $3 was answered with $got, not $1: $(head -c 500 answer)"
}

# answered FILTER WANTED: what the last answer holds.
answered()
{
	expect_equal "$(jq -c "$1" answer)" "$2" "$1 of the answer"
}

# refused STATUS CODE METHOD URL [BODY]
refused()
{
	ask "$1" "${@:3}"
	answered '[.ok, .error]' "[false,\"$2\"]"
}

state()
{
	curl -sS -f -m 10 "$admin/state" | jq -c "$1"
}

# Lists, whole and page by page.
ask 200 GET "$plane/accounts"
answered '[.items[] | [.accountId, .cloudflareAccountId]]' \
	"[[\"acct_demo\",\"$account\"],[\"acct_other\",null]]"
ask 200 GET "$plane/accounts/acct_demo/projects?limit=2"
answered '[.items[].projectId]' '["unlinked","acme-crm"]'
ask 200 GET "$plane/accounts/acct_demo/projects?limit=2&cursor=$(jq -r .nextCursor answer)"
answered '[[.items[].projectId], .nextCursor != null]' '[["p0","p1"],true]'
ask 200 GET "$plane/accounts/acct_demo/projects?cursor=$(jq -r .nextCursor answer)"
answered '[[.items[].projectId], .nextCursor]' '[["p2"],null]'
ask 200 GET "$acme"
answered '.apps' '[{"hubSpotAppId":"123456"},{"hubSpotAppId":"654321"}]'
ask 200 GET "$acme/routes"
answered '[[.items[].environment], .attestation.environment]' \
	'[["production","staging"],"production"]'
ask 200 GET "$acme/deploys?limit=1000"
answered '.items | length' 5
ask 200 GET "$acme/deploys/deploy_acme-crm_008"
answered '[.git.commit, .attestation.healthy]' '["4f0c2d1",true]'

portals=0
query='?limit=1000'
while [ -n "$query" ]; do
	ask 200 GET "$acme/environments/production/installs$query"
	portals=$((portals + $(jq '[.items[] | select(.state == "reauth_required")] | length' answer)))
	query=$(jq -r '.nextCursor // empty | "?limit=1000&cursor=\(.)"' answer)
done
expect_equal "$portals" 250 'the portals that have to authorise again'
ask 200 GET "$acme/environments/production/installs?limit=1"
answered '.items[0] | [.portalId, .hubSpotAppId, .email]' '["42","123456","a@example.com"]'

# Promotion and rollback.
ask 200 POST "$acme/deploys/deploy_acme-crm_008/promote" '{"environment": "production"}'
answered '[.active, .previous, .reason]' '["deploy_acme-crm_008","deploy_acme-crm_007","promote"]'
ask 200 POST "$acme/deploys/deploy_acme-crm_008/promote" '{"environment": "production"}'
answered '.previous' '"deploy_acme-crm_007"'
back='{"environment": "production", "from": "deploy_acme-crm_008", "to": "deploy_acme-crm_007"}'
ask 200 POST "$acme/rollback" "$back"
answered '[.active, .previous, .reason]' '["deploy_acme-crm_007","deploy_acme-crm_008","rollback"]'
refused 409 route_changed POST "$acme/rollback" "$back"
refused 409 environment_mismatch POST "$acme/deploys/deploy_acme-crm_008/promote" \
	'{"environment": "staging"}'
refused 409 not_healthy POST "$acme/deploys/deploy_acme-crm_009/promote" \
	'{"environment": "production"}'
answered .message '"Deploy cannot be promoted until its latest attestation is healthy."'
refused 409 not_healthy POST "$acme/deploys/deploy_acme-crm_006/promote" \
	'{"environment": "production"}'
refused 400 invalid POST "$acme/deploys/deploy_acme-crm_008/promote" '{"environment": "test"}'
refused 400 invalid POST "$acme/rollback" '{"environment": "production", "from": "a"}'
expect_equal "$(state '.control_plane.history[] | "\(.action) \(.environment) \(.deployId)"')" \
	'"promote production deploy_acme-crm_008"
"promote production deploy_acme-crm_008"
"rollback production deploy_acme-crm_007"' 'the history'
expect_equal "$(state '.control_plane.accounts.acct_demo.projects["acme-crm"].routes |
	[.production.active, .staging.active]')" '["deploy_acme-crm_007","deploy_acme-crm_005"]' \
	'the routes'

# Flags, and their snapshot in Workers KV.
# snapshot FILTER: of the production flags of the first app.
snapshot()
{
	state '.accounts[].kv[] | select(.title == "hsx-acct-demo-acme-crm-production-123456-flags") |
		.keys.snapshot.value' | jq -c "fromjson | $1"
}

expect_equal "$(snapshot '.flags["new-pricing"].state')" '"enabled"' 'the seeded flag'
ask 201 POST "$flags" '{"key": "dark-mode", "state": "enabled"}'
answered '[.type, .variations, .defaultVariation, .version]' \
	'["boolean",{"on":true,"off":false},"off",1]'
refused 409 exists POST "$flags" '{"key": "dark-mode", "state": "enabled"}'
ask 200 GET "$flags?limit=10"
answered '[.items[].key]' '["new-pricing","dark-mode"]'
ask 200 GET "$flags/new-pricing"
answered '[.note, .version]' '["kept",3]'
ask 200 PATCH "$flags/new-pricing" '{"state": "disabled"}'
answered '[.note, .state, .version]' '["kept","disabled",4]'
expect_equal "$(snapshot '.flags["new-pricing"] | [.state, .version]')" '["disabled",4]' \
	'the snapshot after a change'
refused 409 version_conflict PUT "$flags/new-pricing" '{"state": "enabled", "version": 3}'
refused 409 version_conflict PATCH "$flags/new-pricing" '{"state": "enabled", "version": 3}'
curl -sS -f -m 10 -d '{"sync": false}' "$admin/control-plane" >/dev/null
ask 200 PUT "$flags/new-pricing" '{"state": "enabled", "type": "string", "version": 4}'
answered '[.note, .type, .version]' '[null,"string",5]'
expect_equal "$(snapshot '.flags["new-pricing"].version')" 4 'the snapshot that lags behind'
curl -sS -f -m 10 -d '{"sync": true}' "$admin/control-plane" >/dev/null
expect_equal "$(snapshot '.flags["new-pricing"].version')" 5 'the snapshot that caught up'
for body in '{"state": "on"}' '{"key": "other", "state": 1}' '{}' '[]' '{"state":'; do
	refused 400 invalid PUT "$flags/new-pricing" "$body"
	refused 400 invalid POST "$flags" "$body"
done
refused 400 invalid PATCH "$flags/new-pricing" '{"state": 1}'
refused 400 invalid PUT "$flags/new-pricing" '{"key": "other", "state": "enabled"}'
refused 400 invalid POST "$flags" '{"key": "1st", "state": "enabled"}'
refused 404 not_found GET "$acme/environments/production/apps/7/flags"
ask 200 GET "$plane/accounts/acct_demo/audit?limit=2"
answered '[.items[] | [.action, .target.key]]' \
	'[["flag.replace","new-pricing"],["flag.state","new-pricing"]]'

# What every operation has: an unknown token, one that may only read, a name that is not there, a
# method that is not, a bad page, a body that is too large, a limit of the rate, a failure.
app=$plane/accounts/acct_demo/projects/unlinked/environments/dev/apps/123456
# place URL-TEMPLATE [ACCOUNT [PROJECT]]: a path of the contract with its names filled in.
place()
{
	local path=$1

	path=${path/\{account\}/${2:-acct_demo}}
	path=${path/\{project\}/${3:-acme-crm}}
	path=${path/\{deploy\}/${deploy:-deploy_acme-crm_008}}
	path=${path/\{environment\}/${environment:-production}}
	path=${path/\{app\}/123456}
	path=${path/\{flag\}/new-pricing}
	echo "${plane%/v0}$path"
}

# every METHOD TEMPLATE
every()
{
	local method=$1 template=$2 body=()

	[ "$method" = GET ] || body=('{"environment": "production", "state": "enabled"}')
	with=wrong
	refused 401 unauthorized "$method" "$(place "$template")" "${body[@]}"
	with=reader
	[ "$method" = GET ] ||
		refused 403 forbidden "$method" "$(place "$template")" "${body[@]}"
	with=$token
	if [ "$method" = GET ]; then
		rule '{"error": "forbidden", "status": 403, "message": "Not with this token."}'
		refused 403 forbidden GET "$(place "$template")"
	fi
	if [[ $template == *'{project}'* ]]; then
		refused 404 not_found "$method" "$(place "$template" acct_demo acme)" "${body[@]}"
	elif [[ $template == *'{account}'* ]]; then
		refused 404 not_found "$method" "$(place "$template" acct)" "${body[@]}"
	else
		rule '{"status": 404}'
		refused 404 not_found "$method" "$(place "$template")"
	fi
	refused 405 method_not_allowed DELETE "$(place "$template")"
	rule '{"error": "method_not_allowed", "status": 405}'
	refused 405 method_not_allowed "$method" "$(place "$template")" "${body[@]}"
	rule '{"status": 429, "headers": {"Retry-After": "1"}}'
	refused 429 rate_limited "$method" "$(place "$template")" "${body[@]}"
	rule '{"status": 503}'
	refused 503 internal "$method" "$(place "$template")" "${body[@]}"
}

# too_large METHOD URL: the contract has it everywhere, and so the emulator.
head -c 1100000 /dev/zero | tr '\0' ' ' >large
too_large()
{
	local got

	got=$(curl -sS -m 10 -o answer -w '%{http_code}' -X "$1" -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' -H 'Expect:' --data-binary @large "$2")
	expect_equal "$got" 413 "the answer to a large $1"
	answered .error '"too_large"'
}

jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[] | select(.key != "parameters") |
	"\(.key | ascii_upcase) \($path) \(.value.operationId)"' "$document" >operations
while read -r method template id <&3; do
	every "$method" "$template"
	too_large "$method" "$(place "$template")"
	if jq -e --arg id "$id" 'any(.paths[][]; objects | select(.operationId == $id) |
		.parameters | arrays)' "$document" >/dev/null; then
		refused 400 invalid GET "$(place "$template")?limit=0"
		refused 400 invalid GET "$(place "$template")?limit=1001"
		refused 400 invalid GET "$(place "$template")?cursor=nonsense"
	elif [ "$method" = GET ]; then
		rule '{"status": 400}'
		refused 400 invalid GET "$(place "$template")"
	fi
done 3<operations
for url in routes rollback deploys/deploy_acme-crm_008/promote; do
	method=POST
	[ "$url" != routes ] || method=GET
	refused 409 unlinked "$method" "$plane/accounts/acct_demo/projects/unlinked/$url" '{}'
done
refused 409 unlinked GET "$app/flags"
refused 409 unlinked GET "$app/flags/a"
answered .message '"Project unlinked is not linked: run hs-x link."'
refused 404 not_found GET "$acme/environments/test/installs"
refused 404 not_found GET "$acme/deploys/deploy_acme-crm_001"
refused 404 not_found GET "$plane/nothing"

recorded --accepted || fail "$(grep violation output)"

# Each operation was answered with each status that the contract has for it.
sed 's/ 503 / 5XX /; s/ [0-9]*$//' output | sort >seen
jq -r '.paths[][] | objects | select(.operationId) | .operationId as $id |
	.responses | keys[] | "\($id) \(.)"' "$document" | sort >wanted
expect_equal "$(comm -13 seen wanted)" '' 'what was never answered'

# hsxfs on a mount: everything that it asks for is as the contract has it.
requests_clear
# shellcheck disable=SC2016 # jq variables
config_write '.control_plane = {api: $plane, token: .accounts.acct_demo.cloudflare.token}
	| .accounts.acct_demo.projects["acme-crm"] = {app_id: "123456", environments: {production: {
		allow_promote: true}}}' --arg plane "${plane%/v0}"
hsxfs_mount -o ttl=0
mounted=$project/production
expect_output $'acct_demo\nacct_other' ls "$mnt"
expect_output $'acme-crm\np0\np1\np2\nunlinked' ls "$mnt/acct_demo"
expect_output '' ls "$mnt/acct_demo/unlinked/production/routes"
expect_output 2501 bash -c 'ls "$1" | wc -l' . "$mounted/installs"
expect_output active jq -r .state "$mounted/installs/42"
expect_output 5 bash -c 'wc -l <"$1"' . "$mounted/routes/.deploys"
# Asked for whole and one by one: promoted, gone back, refused by the gate, and not there.
echo deploy_acme-crm_010 >"$mounted/routes/active"
expect_output deploy_acme-crm_010 cat "$mounted/routes/active"
cat "$mounted/routes/previous" >"$mounted/routes/active"
expect_output deploy_acme-crm_007 cat "$mounted/routes/active"
expect_failure bash -c 'echo deploy_acme-crm_009 >"$1"' . "$mounted/routes/active"
expect_failure bash -c 'echo deploy_acme-crm_999 >"$1"' . "$mounted/routes/active"
# A flag by its state and as JSON, a new one in both ways, removed, brought back.
echo disabled >"$mounted/flags/new-pricing"
jq '.rules = [] | .note = "changed"' "$mounted/flags/new-pricing" >changed.json
cp changed.json "$mounted/flags/new-pricing"
echo enabled >"$mounted/flags/made"
jq '.key = "copied"' "$mounted/flags/new-pricing" >copied.json
cp copied.json "$mounted/flags/copied"
rm "$mounted/flags/made"
echo enabled >"$mounted/flags/made"
expect_output changed jq -r .note "$mounted/flags/new-pricing"
hsxfs_unmount
recorded || fail "$(grep violation output)"
cp output by_mount

used=$(sed -n 's/ 20[01] [0-9]*$//p' by_mount | tr '\n' ' ')
expect_equal "$used" "accounts createFlag deploy deploys installs patchFlag projects promote \
replaceFlag rollback routes " \
	'the operations that a mount uses'

# It does find faults, in answers and in requests.
# finds PATTERN [--accepted]
finds()
{
	if recorded "${@:2}"; then
		fail "no fault was found: $1"
	fi
	has_message output "$1"
	requests_clear
}

requests_clear
rule '{"status": 200, "body": {"items": [{"projectId": "acme-crm"}], "nextCursor": null}}'
ask 200 GET "$plane/accounts/acct_demo/projects"
finds "violation: .*/projects: answer: /items/0 must have required property 'linked'"
rule '{"status": 404, "body": {"success": false, "errors": [], "result": null}}'
ask 404 GET "$acme/routes"
finds "violation: .*/routes: answer: it must have required property 'ok'" --accepted
rule '{"status": 429}'
ask 429 GET "$acme/routes"
finds 'violation: .*/routes: answer: there is no Retry-After'
rule '{"status": 418}'
ask 418 GET "$acme/routes"
finds 'violation: .*/routes: answer: 418 is not among its statuses'
rule '{"status": 200, "raw": "{"}'
ask 200 GET "$acme/routes"
finds 'violation: .*/routes: answer: it is not JSON'
rule "$(jq -n --slurpfile document "$document" '{status: 200,
	body: $document[0].components.schemas.Route.examples[0]}')"
ask 200 POST "$acme/rollback" '{"environment": "production", "from": "deploy_acme-crm_007"}'
finds "violation: .*/rollback: body: it must have required property 'to'" --accepted
ask 200 GET "$acme/deploys?page=2"
finds 'violation: .*/deploys: query: page is not declared' --accepted
ask 400 GET "$acme/deploys?limit=5000"
finds 'violation: .*/deploys: query: limit: it must be <= 1000'
ask 404 GET "$acme/environments/test/installs"
finds 'violation: .*/installs: path: environment: it must be equal to one of'
ask 404 GET "$plane/nothing"
finds 'violation: .*/nothing: there is no such operation'
finds 'violation: record: it has no request below /control-plane'
