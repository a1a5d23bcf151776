#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Writing to `active` is EPERM, unless the configuration says `"allow_promote": true`.
# > Writing the id that `previous` has goes back to it: a rollback, not a promotion.
# > Any other id is promoted, if its deploy was attested healthy for this environment.
# > A deploy that is not there, or was attested for another environment, is EINVAL, and nothing is
#   sent that changes anything.
# > A deploy without a healthy attestation, and what the control plane refuses, is EBUSY, with the
#   reason in `.errors`.
# > Writing the id that is active sends nothing that changes anything, and succeeds.
#
# What writing to routes/active does, as the control plane saw it.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config
hsxfs_mount

# The route of an environment in one line, and what was granted since the start.
route()
{
	plane_state ".accounts.acct_demo.projects[\"acme-crm\"].routes.${1:-production}
		| \"\(.active) \(.previous) \(.reason)\""
}

history()
{
	plane_state '.history[] | "\(.action) \(.environment) \(.deployId)"'
}

# changes: the paths of the requests that could have changed something, since the last call of this.
changes()
{
	curl -sS -f "$admin/requests" | jq -r '.[] | select(.method != "GET") | "\(.method) \(.path | sub(".*/projects/"; ""))"'
	requests_clear
}

# Off by default: staging's configuration says nothing.
expect_errno 'open EPERM' write "$project/staging/routes/active" $'deploy_acme-crm_009\n'
last_error '"path":"/acct_demo/acme-crm/staging/routes/active","errno":"EPERM".*allow_promote'
expect_equal "$(changes)" ''

# Attested for staging, unhealthy, never attested, not there, no id at all: nothing that changes.
for row in '009 write EINVAL attested for staging' '008 write EBUSY attestation is healthy' \
	'005 write EBUSY attestation is healthy' '099 write EINVAL has no deploy'; do
	read -r deploy call number reason <<<"$row"
	expect_errno "$call $number" write "$routes/active" "deploy_acme-crm_$deploy"$'\n'
	last_error "\"path\":\"/acct_demo/acme-crm/production/routes/active\",\"errno\":\"$number\".*$reason"
done
for text in '../routes' 'a deploy' $'deploy_acme-crm_010\ndeploy_acme-crm_006\n' 'de%2fploy' '.hidden'; do
	expect_equal "$(python3 "$HSXFS_TESTS/lib/errno.py" write "$routes/active" "$text" | sed 's/.* //')" \
		EINVAL "the text '$text'"
done
expect_equal "$(changes)" ''

# What is active already.
expect_errno ok write "$routes/active" $'deploy_acme-crm_007\n'
expect_equal "$(changes)" ''
expect_equal "$(history)" ''
expect_equal "$(route)" 'deploy_acme-crm_007 deploy_acme-crm_006 promote'

# Any other id: a promotion, shown at once.
echo deploy_acme-crm_010 >"$routes/active"
expect_equal "$(changes)" 'POST acme-crm/deploys/deploy_acme-crm_010/promote'
expect_output deploy_acme-crm_010 cat "$routes/active"
expect_output deploy_acme-crm_007 cat "$routes/previous"
expect_equal "$(history)" 'promote production deploy_acme-crm_010'

# What `previous` has: a rollback, with both ids, so that nobody else's change is undone.
cat "$routes/previous" >"$routes/active"
curl -sS -f "$admin/requests" | jq -c '.[] | select(.method != "GET") | .body | fromjson' >body
expect_equal "$(jq -Sc . body)" '{"environment":"production","from":"deploy_acme-crm_010","to":"deploy_acme-crm_007"}'
expect_equal "$(changes)" 'POST acme-crm/rollback'
expect_equal "$(route)" 'deploy_acme-crm_007 deploy_acme-crm_010 rollback'
expect_output rollback cat "$routes/reason"

# `previous` as it is now, not as it was read: the emulator's admin has gone on.
curl -sS -f -X POST -H 'Content-Type: application/json' -H "Authorization: Bearer $token" \
	-d '{"environment": "production"}' -o /dev/null \
	"$plane/v0/accounts/acct_demo/projects/acme-crm/deploys/deploy_acme-crm_006/promote"
requests_clear
echo deploy_acme-crm_007 >"$routes/active"
expect_equal "$(changes)" 'POST acme-crm/rollback'
expect_equal "$(route)" 'deploy_acme-crm_007 deploy_acme-crm_006 rollback'

# What the control plane refuses is EBUSY, in its own words, and nothing is tried twice.
for deploy in 010 006; do
	rule '{"method": "POST", "status": 409, "error": "frozen", "message": "Frozen until Monday."}'
	expect_errno 'write EBUSY' write "$routes/active" "deploy_acme-crm_$deploy"$'\n'
	last_error '"errno":"EBUSY".*Frozen until Monday'
	expect_equal "$(changes | wc -l)" 1 "requests that were refused"
done
rule '{"method": "POST", "status": 423, "error": "gate_closed", "message": "Needs an approval."}'
expect_errno 'write EBUSY' write "$routes/active" $'deploy_acme-crm_010\n'
last_error '"errno":"EBUSY".*Needs an approval'
expect_equal "$(route)" 'deploy_acme-crm_007 deploy_acme-crm_006 rollback'
rules_clear
hsxfs_unmount

# The project's word, and the environment's own.
plane_config '.accounts.acct_demo.projects["acme-crm"] |= (.allow_promote = true
	| .environments.production.allow_promote = false)'
hsxfs_mount
expect_errno 'open EPERM' write "$routes/active" $'deploy_acme-crm_010\n'
expect_errno ok write "$project/staging/routes/active" $'deploy_acme-crm_009\n'
hsxfs_unmount
plane_config 'del(.accounts.acct_demo.projects["acme-crm"].environments.production.allow_promote)'
hsxfs_mount
requests_clear
expect_errno 'open EPERM' write "$routes/active" $'deploy_acme-crm_010\n'
expect_equal "$(changes)" ''
hsxfs_unmount
