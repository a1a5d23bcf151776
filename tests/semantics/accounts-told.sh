#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > With one, an account's projects are those that it tells of and those of the configuration; a
#   top-level one tells of accounts, too.
# > Accounts, projects, Workers and apps are matched by their whole names; a name that no directory
#   can have is not shown, and `.errors` names it.
# > A project's Workers, where the configuration names neither `workers` nor `scripts` for production,
#   are those that the control plane tells of: production owns `hsx-<account>-<project>-<worker>`.
# > A script that another environment owns already is never owned twice: the later one's `secrets/`
#   is empty and refuses writes with EROFS, and `.errors` says why.
#
# A control plane that tells of several accounts, for which nothing, or little, is configured.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# Three accounts; the Cloudflare account of the third is another one, of the second there is none.
other_account=fedcba9876543210fedcba9876543210
# shellcheck disable=SC2016 # jq variables
plane_start '.accounts[$other] = {name: "Other", scripts:
		{"hsx-acct-three-acme-crm-deals": {secrets: {OF_THREE: "canary-three"}},
		 "hsx-acct-three-acme-crm-mail": {secrets: {OF_MAIL: "canary-mail"}}}}
	| .control_plane.accounts |= (
		.acct_three = (.acct_demo | .cloudflare_account_id = $other
			| .projects["acme-crm"].workers = ["deals", "mail"])
		| .acct_two = {projects: {"two-crm": .acct_demo.projects["acme-crm"]}})' \
	--arg other "$other_account"

# tops JQ-FILTER: a configuration with a control plane and Cloudflare at its top.
tops()
{
	# shellcheck disable=SC2016 # jq variables
	config_write '(.accounts.acct_demo.cloudflare.token) as $token
		| .control_plane = {api: $plane, token: $token}
		| .cloudflare = {api: $api, token: $token} | '"$1" --arg plane "$plane" --arg api "$api"
}

# tells PATH-PATTERN ITEMS: what the control plane tells from now on; rules_clear ends it.
tells()
{
	rule "$(jq -cn --arg path "*$1" --argjson items "$2" '{method: "GET", path: $path, times: -1,
		body: {items: $items, nextCursor: null}}')"
}

# No account is configured at all: everything is told.
tops 'del(.accounts)'
hsxfs_mount
expect_output $'acct_demo\nacct_three\nacct_two' ls -A "$mnt"
expect_output acme-crm ls -A "$mnt/acct_demo"
expect_output two-crm ls -A "$mnt/acct_two"
expect_output $'dev\nproduction\nstaging' ls -A "$project"
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls -A "$secrets"
expect_output $'OF_MAIL\nOF_THREE' ls -A "$mnt/acct_three/acme-crm/production/secrets"
expect_equal "$(getfattr --absolute-names --only-values -n user.hsxfs.scripts \
	"$mnt/acct_three/acme-crm/production/secrets")" \
	"hsx-acct-three-acme-crm-deals hsx-acct-three-acme-crm-mail"
expect_output '' ls -A "$project/staging/secrets"
expect_output '' ls -A "$mnt/acct_two/two-crm/production/secrets"
expect_output $'new-checkout\nnew-pricing' ls -A "$flags"
expect_output $'1001\n1002' ls -A "$installs"
expect_output deploy_acme-crm_007 cat "$mnt/acct_three/acme-crm/production/routes/active"
expect_errno ok write "$secrets/NEW" a-value
expect_equal "$(value_of NEW)" a-value
expect_errno ok write "$mnt/acct_three/acme-crm/production/secrets/BOTH" b-value
expect_equal "$(value_of BOTH hsx-acct-three-acme-crm-deals) $(value_of BOTH hsx-acct-three-acme-crm-mail)" \
	'b-value b-value'
expect_errno 'open EROFS' write "$mnt/acct_two/two-crm/production/secrets/NEW" a-value
expect_errno 'open EROFS' write "$project/staging/secrets/NEW" a-value
expect_errno 'open EPERM' write "$mnt/acct_demo/file" x

# By their whole names: neither a beginning nor another case is one.
for name in acct_dem ACCT_DEMO acct_demo0 acct_demo/acme acct_demo/acme-crm2 acct_demo/ACME-CRM; do
	expect_errno 'stat ENOENT' stat "$mnt/$name"
done
hsxfs_unmount

# An app whose number is the beginning of the told one's is another app.
plane_config '.accounts.acct_demo.projects["acme-crm"].app_id = "12345"
	| del(.accounts.acct_demo.projects["acme-crm"].environments[].flags_key)'
hsxfs_mount
expect_output '' ls -A "$flags"
expect_output '' ls -A "$installs"
has_message "$mnt/.errors" 'hsx-acct-demo-acme-crm-production-12345-flags'
hsxfs_unmount

# The configuration adds, and is the stronger one.
tops '.accounts.acct_demo |= (del(.cloudflare) | .projects = {"own-crm": {workers: ["deals"]},
	"acme-crm": {workers: ["other"], environments: {staging: {}}}})
	| .accounts.acct_own = {projects: {"own-crm": {}}}'
hsxfs_mount
expect_output $'acct_demo\nacct_own\nacct_three\nacct_two' ls -A "$mnt"
expect_output $'acme-crm\nown-crm' ls -A "$mnt/acct_demo"
expect_errno ok stat "$mnt/acct_own/own-crm/production/secrets"
requests_clear
expect_errno 'stat ENOENT' stat "$secrets/STRIPE_KEY"
expect_equal "$(requests GET "*/scripts/hsx-acct-demo-acme-crm-other/*")" 1 "requests for the configured Worker"
hsxfs_unmount
plane_config 'del(.accounts.acct_demo.projects["acme-crm"].environments.production.scripts)
	| .accounts.acct_demo.projects["acme-crm"].workers = ["own"]'
hsxfs_mount
requests_clear
expect_errno 'stat ENOENT' stat "$secrets/STRIPE_KEY"
expect_equal "$(requests GET "*/scripts/hsx-acct-demo-acme-crm-own/*")" 1 "requests for the configured Worker"
expect_errno 'stat ENOENT' stat "$mnt/acct_two"
hsxfs_unmount

# Too many Workers, or names that make no script's: production owns none, and says why.
tops 'del(.accounts)'
tells /v0/accounts/acct_demo/projects "$(jq -cn '[{projectId: "many", workers: [range(100) | "w\(.)"]},
	{projectId: "same", workers: ["a.b", "a-b"]}]')"
hsxfs_mount
for name in many:at\ most same:; do
	expect_output "" ls -A "$mnt/acct_demo/${name%%:*}/production/secrets"
	has_message "$mnt/.errors" "/acct_demo/${name%%:*}/production/secrets\".*workers.*${name#*:}"
done
hsxfs_unmount
rules_clear

# Names that no directory can have.
long=$(head -c 256 /dev/zero | tr '\0' n)
hostile=$(jq -cn --arg long "$long" '["acme-crm", "..", ".", ".hidden", "a/b", "", "a\nb", $long, "good"]
	| map({projectId: ., accountId: ., workers: ["deals"], apps: []})')
tops 'del(.accounts)'
tells /v0/accounts "$(jq -c '. + [{accountId: "acct_demo"}]' <<<"$hostile")"
tells /v0/accounts/acct_demo/projects "$hostile"
hsxfs_mount
expect_output $'acct_demo\nacme-crm\ngood' ls -A "$mnt"
expect_output $'acme-crm\ngood' ls -A "$mnt/acct_demo"
for name in '..' '.' '.hidden' 'a/b'; do
	has_message "$mnt/.errors" "\"path\":\"/\",.*tells of an account \`${name//./[.]}'"
	has_message "$mnt/.errors" "\"path\":\"/acct_demo\",.*tells of a project \`${name//./[.]}'"
done
expect_equal "$(jq -s 'length > 8' "$mnt/.errors")" true "lines of JSON"
hsxfs_unmount
rules_clear

# Two projects whose names make the same script, and one that is configured for staging.
tops 'del(.accounts)'
tells /v0/accounts/acct_demo/projects '[{"projectId": "acme-crm", "workers": ["deals"]},
	{"projectId": "acme.crm", "workers": ["deals"]}, {"projectId": "ACME-CRM", "workers": ["deals", "x"]}]'
hsxfs_mount
expect_status 0 ls "$secrets"
has_message output STRIPE_KEY
requests_clear
for later in acme.crm ACME-CRM; do
	expect_output '' ls -A "$mnt/acct_demo/$later/production/secrets"
	expect_errno 'open EROFS' write "$mnt/acct_demo/$later/production/secrets/NEW" a-value
	has_message "$mnt/.errors" "\"/acct_demo/$later/production/secrets\".*hsx-acct-demo-acme-crm-deals. is another environment"
done
expect_equal "$(requests '*' '*/scripts/*')" 0 "requests to the script of another"
hsxfs_unmount
rules_clear
tops '.accounts.acct_demo |= (.cloudflare as $cloudflare | {cloudflare: $cloudflare, projects: {"mine": {environments:
	{staging: {scripts: ["hsx-acct-demo-acme-crm-deals"]}}}}})'
hsxfs_mount
expect_status 0 ls "$mnt/acct_demo/mine/staging/secrets"
has_message output STRIPE_KEY
expect_output '' ls -A "$secrets"
expect_errno 'open EROFS' write "$secrets/NEW" other-value
has_message "$mnt/.errors" "\"/acct_demo/acme-crm/production/secrets\".*is another environment"
expect_equal "$(value_of NEW)" a-value
hsxfs_unmount
