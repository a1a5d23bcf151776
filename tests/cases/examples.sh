#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The scripts of examples/ on a mount with a control plane: what they print, what they change, and
# their exit status where something cannot be listed or is refused.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

examples=$HSXFS_SOURCE/examples
billing=$mnt/acct_demo/billing

# shellcheck disable=SC2154 # plane is control_plane.sh's
mount_all()
{
	plane_start '.control_plane.accounts.acct_demo.projects |= (
		.billing = .["acme-crm"] | .billing.workers = ["invoices"]
		| .billing.environments.staging.installs = [{portalId: "77", state: "reauth_required",
			updatedAt: "2026-05-03T23:30:00Z", refreshToken: "poison"}]
		| .empty = {linked: true, workers: [], apps: ["9"], environments: {production: {flags: {}}}})
		| .accounts[].scripts["hsx-acct-demo-billing-invoices"] = {secrets: {PAYMENT_KEY: "canary-payment"}}'
	plane_config
	hsxfs_mount -o ttl=0
}

# With a ttl of 0, too, what came in pages is believed for a second.
past_pages()
{
	sleep 1.1
}

# refuse_installs PROJECT-PATTERN: the control plane refuses to list them.
refuse_installs()
{
	past_pages
	rule '{"method": "GET", "path": "*/projects/'"$1"'/*/installs", "status": 403, "times": -1}'
}

who_must_reauthorise()
{
	local acme='2026-05-02 acct_demo/acme-crm/production/installs/1002'

	expect_status 1 "$examples/who-must-reauthorise.sh" "$mnt"
	expect_equal "$(cat output)" "$acme
2026-05-02 acct_demo/billing/production/installs/1002
2026-05-03 acct_demo/billing/staging/installs/77" 'who has to authorise again'

	refuse_installs billing
	expect_status 2 "$examples/who-must-reauthorise.sh" "$mnt"
	expect_equal "$(cat output)" "$acme" 'who has to, as far as could be listed'
	has_message errors 'billing/production/installs: Operation not permitted'
	rules_clear

	past_pages
	rule '{"method": "GET", "path": "*/installs", "times": -1, "status": 200,
	       "body": {"items": [{"portalId": "5", "state": "active"}], "nextCursor": null}}'
	expect_output '' "$examples/who-must-reauthorise.sh" "$mnt"
	rules_clear
	past_pages
	expect_status 2 "$examples/who-must-reauthorise.sh" "$mnt/nowhere"
	expect_status 2 "$examples/who-must-reauthorise.sh"
}

# state_of PROJECT ENVIRONMENT: of new-pricing.
state_of()
{
	plane_state ".accounts.acct_demo.projects[\"$1\"].flags.$2[]
		| .[\"new-pricing\"].state // empty" | sort -u
}

flip_flag()
{
	local flip=$examples/flip-flag.sh

	requests_clear
	expect_output 'disabled acct_demo/acme-crm/production/flags/new-pricing
disabled acct_demo/billing/production/flags/new-pricing' "$flip" "$mnt" new-pricing disabled
	expect_equal "$(requests PATCH)" 2 'the requests that changed a flag'
	expect_equal "$(requests POST '*/flags')" 0 'the flags made'
	expect_equal "$(state_of acme-crm production) $(state_of billing production)" \
		'disabled disabled' 'the states in production'
	expect_equal "$(state_of acme-crm staging) $(state_of billing staging)" \
		'enabled enabled' 'the states in staging'

	rule '{"method": "PATCH", "path": "*/acme-crm/*", "error": "frozen", "message": "Flags are frozen."}'
	expect_status 1 "$flip" "$mnt" new-pricing enabled
	expect_equal "$(cat output)" 'enabled acct_demo/billing/production/flags/new-pricing' 'what was set'
	has_message errors '^FAILED acct_demo/acme-crm/production/flags/new-pricing$'
	has_message errors '"message":"Flags are frozen'
	expect_equal "$(state_of acme-crm production)" disabled 'the flag that was refused'

	rule '{"path": "*/storage/kv/*", "status": 403, "times": -1}'
	expect_status 1 "$flip" "$mnt" new-pricing disabled staging
	has_message errors 'acct_demo/billing/staging/flags.*Permission denied'
	rules_clear

	requests_clear
	expect_status 1 "$flip" "$mnt" new-pricin enabled
	has_message errors 'no project that could be listed has new-pricin in production'
	expect_status 2 "$flip" "$mnt" new-pricing on
	expect_status 2 "$flip" "$mnt" ../active enabled
	expect_status 2 "$flip" "$mnt" new-pricing enabled prod
	expect_status 2 "$flip" "$mnt" new-pricing
	expect_equal "$(requests PATCH)$(requests POST '*/control-plane/*')" 00 'the changes sent'
}

live()
{
	plane_state ".accounts.acct_demo.projects[\"${1:-acme-crm}\"].routes.production.active"
}

roll_back()
{
	local back=$examples/roll-back.sh pid status=0

	requests_clear
	expect_status 1 "$back" "$project" <<<n
	has_message output '^active    deploy_acme-crm_007, since 2026-06-11T14:02:11'
	has_message output '^previous  deploy_acme-crm_006$'
	expect_status 1 "$back" "$project" </dev/null
	expect_equal "$(requests POST '*/rollback')" 0 'the rollbacks of who said no'

	rule '{"method": "POST", "path": "*/rollback", "error": "frozen", "message": "No deploys on Friday."}'
	expect_status 1 "$back" -y "$project"
	has_message errors 'No deploys on Friday'
	has_message errors 'it was refused'
	expect_equal "$(live)" deploy_acme-crm_007 'what is live'

	expect_status 0 "$back" "$project" <<<y
	expect_equal "$(live)" deploy_acme-crm_006 'what is live'
	expect_status 0 "$back" -y "$project" production
	expect_equal "$(live)" deploy_acme-crm_007 'what is live'
	expect_equal "$(requests POST '*/promote')" 0 'the promotions'

	# Somebody else is quicker than the answer.
	mkfifo answer
	"$back" "$project" <answer >output 2>errors &
	pid=$!
	exec 9>answer
	wait_until 5 grep -q 'Roll back' output
	cat "$routes/previous" >"$routes/active"
	requests_clear
	echo y >&9
	exec 9>&-
	wait "$pid" || status=$?
	expect_equal "$status" 1 'the exit status where the routes have changed'
	has_message errors 'have changed meanwhile'
	expect_equal "$(requests POST)" 0 'the changes sent'
	expect_equal "$(live)" deploy_acme-crm_006 'what is live'

	expect_status 1 "$back" -y "$project" staging
	has_message errors 'nothing to go back to'
	expect_status 1 "$back" -y "$billing"
	has_message errors 'allow_promote'
	expect_equal "$(live billing)" deploy_acme-crm_007 'what is live where it is not allowed'
	expect_status 2 "$back" -y "$project" prod
	expect_status 2 "$back"
}

commits()
{
	git -C backup rev-list --count HEAD
}

nightly_backup()
{
	local night=$examples/nightly-backup.sh kept list

	export HOME=$PWD GIT_AUTHOR_NAME=Anna GIT_AUTHOR_EMAIL=anna@example.com
	export GIT_COMMITTER_NAME=Anna GIT_COMMITTER_EMAIL=anna@example.com
	export GIT_CEILING_DIRECTORIES=$PWD
	mkdir backup
	expect_status 1 "$night" "$mnt" backup
	has_message errors 'run git init there'
	# Nor is a directory inside of a repository one.
	git init -q around
	mkdir around/backup
	expect_status 1 "$night" "$mnt" around/backup
	has_message errors 'run git init there'
	expect_equal "$(ls -A around/backup)" '' 'what was copied to there'
	git init -q backup
	printf 'secrets\n' >backup/.gitignore
	expect_status 0 "$night" "$mnt" backup
	expect_status 0 "$night" "$mnt" backup
	expect_equal "$(commits)" 1 'the commits of two nights without a change'
	kept=$(cd "$mnt" && find . -type f | sort)
	expect_equal "$(git -C backup ls-files mount | sed 's|^mount|.|' | sort)" "$kept" 'what is kept'
	has_no backup canary- poison

	rm "$project/production/flags/new-checkout"
	echo re_1 >"$project/staging/secrets/NEW_KEY"
	expect_status 0 "$night" "$mnt" backup
	expect_equal "$(git -C backup show --name-status --format= | tr '\t' ' ')" \
		'D mount/acct_demo/acme-crm/production/flags/new-checkout
A mount/acct_demo/acme-crm/staging/secrets/NEW_KEY' 'the changes of a night'

	# What cannot be listed is kept, and what can be is committed.
	refuse_installs '*'
	rm "$project/staging/secrets/NEW_KEY"
	echo enabled >"$project/production/flags/new-pricing"
	expect_status 1 "$night" "$mnt" backup
	expect_status 1 "$night" "$mnt" backup
	rules_clear
	expect_equal "$(git -C backup log --format=%s | grep -c incomplete)" 1 'the incomplete commits'
	expect_equal "$(git -C backup show --name-status --format= | tr '\t' ' ')" \
		'M mount/acct_demo/acme-crm/production/flags/new-pricing' 'the changes of that night'
	[ -s backup/mount/acct_demo/acme-crm/production/installs/1002 ] || fail "an install is lost"

	# Nor is anything lost where the answer is that there is no such list.
	for list in '*/acct_demo/projects' '*/installs'; do
		past_pages
		rule '{"path": "'"$list"'", "status": 404, "error": "not_found", "times": -1}'
		expect_status 1 "$night" "$mnt" backup
		rules_clear
		expect_equal "$(git -C backup log -1 --format=%h)" \
			"$(git -C backup log -1 --format=%h --grep=incomplete)" 'the newest commit'
	done
	rule '{"path": "*/acct_demo/projects", "status": 404, "error": "not_found", "times": -1}'
	expect_failure ls "$mnt/acct_demo"
	has_message errors 'No such device or address'
	rules_clear

	expect_status 0 "$night" "$mnt" backup
	expect_equal "$(git -C backup show --name-status --format= | tr '\t' ' ')" \
		'D mount/acct_demo/acme-crm/staging/secrets/NEW_KEY' 'the changes of the night after'
}

# Without a mount there is nothing to keep, and nothing to throw away.
backup_unmounted()
{
	expect_status 1 "$examples/nightly-backup.sh" "$mnt" backup
	has_message errors 'no hsxfs is mounted here'
	expect_equal "$(commits)" 4 'the commits'
	[ -s backup/mount/acct_demo/acme-crm/production/installs/1002 ] || fail "an install is lost"
}

audit_and_compare()
{
	requests_clear
	refuse_installs '*'
	expect_status 1 "$examples/audit.sh" "$mnt"
	has_message output '^1980-01-02	acct_demo/acme-crm/production/secrets/ONLY_HERE$'
	has_message output '^1980-01-02	acct_demo/billing/production/secrets/PAYMENT_KEY$'
	expect_equal "$(sed '/\/secrets\//d' output)" '' 'the lines that are no secret'
	# What was set just now is not old; that it is more than -1 days ago is true of all.
	echo set-now >"$project/production/secrets/ONLY_HERE"
	expect_status 1 "$examples/audit.sh" "$mnt"
	expect_equal "$(grep -c production/secrets/ONLY_HERE output || true)" 0 'what was set just now'
	has_message output '^1980-01-02	acct_demo/acme-crm/production/secrets/STRIPE_KEY$'
	expect_status 1 "$examples/audit.sh" "$mnt" -1
	has_message output "^$(date -u +%Y-).*	acct_demo/acme-crm/production/secrets/ONLY_HERE	by $(id -u)\$"
	expect_equal "$(requests GET '*/installs')" 0 'the installs looked at'
	rules_clear

	expect_output '' "$examples/compare.sh" "$project"
	expect_status 1 "$examples/compare.sh" "$project" production staging
	expect_equal "$(cat output)" ONLY_HERE 'what staging lacks'
	expect_status 2 "$examples/compare.sh" "$project" production nowhere
}

# cannot_tell DIRECTORY: no script says that all is well where it is not the top of a mount.
cannot_tell()
{
	expect_status 2 "$examples/who-must-reauthorise.sh" "$1"
	has_message errors 'no hsxfs is mounted here'
	expect_status 2 "$examples/audit.sh" "$1"
	has_message errors 'no hsxfs is mounted here'
}

after_an_outage()
{
	expect_status 1 "$examples/who-must-reauthorise.sh" "$mnt"
	expect_status 0 "$examples/compare.sh" "$project"
	rule '{"method": "*", "close": true, "times": -1}'
	past_pages
	expect_status 2 "$examples/who-must-reauthorise.sh" "$mnt"
	has_message errors 'stale: 20'
	expect_status 2 "$examples/audit.sh" "$mnt"
	has_message errors 'as it was before an outage: .*/secrets$'
	has_message output 'production/secrets/RESEND_API_KEY'
	expect_status 2 "$examples/compare.sh" "$project"
	has_message errors 'staging/secrets: stale: 20'
	expect_status 1 "$examples/nightly-backup.sh" "$mnt" backup
	has_message errors 'as it was before an outage: .*/secrets$'
	rules_clear
}

# Neither a Worker of staging nor a control plane.
half_configured()
{
	config_write '.accounts.acct_demo.projects["acme-crm"].environments |= del(.staging)'
	hsxfs_mount
	expect_status 2 "$examples/compare.sh" "$project"
	has_message errors 'staging/secrets: reason: '
	expect_status 2 "$examples/who-must-reauthorise.sh" "$mnt"
	has_message errors 'installs: reason: '
	hsxfs_unmount
}

# The configuration lists only what the control plane cannot tell.
discovered()
{
	# shellcheck disable=SC2016 # jq variables
	(umask 077 && jq --arg plane "$plane" --arg api "$api" --arg here "$PWD" '
		.accounts.acct_demo |= (.control_plane.api = $plane | .cloudflare.api = $api
			| (.control_plane.token, .cloudflare.token) = {file: "\($here)/token"}
			| .projects["acme-crm"].environments.dev.dotenv = "\($here)/dev/.dev.vars")' \
		"$examples/hs-x-user.json" >"$config")
	hsxfs_mount
	expect_output 'acme-crm
billing
empty' ls "$mnt/acct_demo"
	expect_output 'PAYMENT_KEY' ls "$billing/production/secrets"
	expect_output 'RESEND_API_KEY
STRIPE_KEY' ls "$project/staging/secrets"
	expect_output 'STRIPE_KEY' ls "$project/dev/secrets"
	expect_output 'new-pricing' ls "$project/production/flags"
	expect_output '1001
1002' ls "$billing/production/installs"
	expect_status 0 cp "$routes/previous" "$routes/active"
	hsxfs_unmount

	# Without any project or account, the mount shows what both sections at the top give.
	# shellcheck disable=SC2016 # a jq variable
	(umask 077 && jq '.accounts.acct_demo
		| {control_plane, cloudflare: (.cloudflare | del(.account_id))}' "$config" >top.json)
	mv top.json "$config"
	hsxfs_mount
	expect_output 'acct_demo' ls "$mnt"
	expect_output 'PAYMENT_KEY' ls "$billing/production/secrets"
	expect_output 'new-checkout
new-pricing' ls "$billing/production/flags"
	expect_failure cp "$routes/previous" "$routes/active"
	has_message errors 'Operation not permitted'
	hsxfs_unmount
}

mount_all
audit_and_compare
who_must_reauthorise
flip_flag
roll_back
nightly_backup
cannot_tell "$mnt/acct_demo"
hsxfs_unmount
backup_unmounted
cannot_tell "$mnt"
hsxfs_mount -o ttl=1
after_an_outage
hsxfs_unmount
half_configured
discovered
