#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > With the control plane down, secrets and flags can be read as ever, and `routes/` and `installs/`
#   fail within `deadline` with the reason, or show what was known before, with `user.hsxfs.stale`.
#
# A control plane that is silent or away, since the mount or after it was asked.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
# Far less than the deadline that there is without -o deadline.
limit=4000

mount_app()
{
	plane_config '.accounts.acct_demo.projects["acme-crm"].app_id = "123456"'
	hsxfs_mount -o deadline=0.8,ttl=0.02
}

stale()
{
	getfattr --absolute-names --only-values -n user.hsxfs.stale "$1" 2>/dev/null
}

# What does not need the control plane is as ever; the files of a flag and of a secret too.
as_ever()
{
	expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls -A "$secrets"
	expect_errno ok write "$secrets/STRIPE_KEY" "value-$1"
	expect_equal "$(value_of STRIPE_KEY)" "value-$1"
	expect_output $'new-checkout\nnew-pricing' ls -A "$flags"
	expect_equal "$(jq -r .state "$flags/new-pricing")" enabled
	expect_equal "$(jq -r .state "$project/staging/flags/new-pricing")" enabled
	stale "$secrets" && fail "$secrets is stale"
	stale "$flags" && fail "$flags is stale"
	return 0
}

# fails DIRECTORY ERRNO: within the deadline, with the reason; it is not said to be empty or gone.
fails()
{
	expect_within "$limit" expect_errno "listdir $2" listdir "$1"
	grep "\"path\":\"${1#"$mnt"}\"" "$mnt/.errors" | tail -n 1 >line
	has_message line "\"operation\":\"list\".*\"errno\":\"$2\",\"message\":\"(not asked again yet, after: )?acct_demo control plane: .+\""
	expect_within "$limit" expect_errno "stat $2" stat "$1/${3:-active}"
}

# Never reached since the mount: silent, then refused.
plane_relay --stall-after 0
mount_app
fails "$routes" ETIMEDOUT
fails "$installs" ETIMEDOUT 1001
as_ever silent
fails "$routes" ETIMEDOUT
expect_within "$limit" expect_errno 'read ETIMEDOUT' read "$routes/.deploys"
hsxfs_unmount
mount_app
expect_within "$limit" ls "$secrets" >/dev/null
expect_within "$limit" ls "$flags" >/dev/null
as_ever first
hsxfs_unmount
kill "$relay"
wait "$relay" || true
mount_app
fails "$routes" ECONNREFUSED
fails "$installs" ECONNREFUSED 1001
as_ever refused
hsxfs_unmount

# Reached before: what was known is shown, as of then. Silent, then away.
plane_relay
mount_app
expect_output deploy_acme-crm_007 cat "$routes/active"
expect_output $'1001\n1002' ls -A "$installs"
stale "$routes" && fail "$routes is stale"
before=$(date -u +%FT%TZ)
was_known()
{
	local directory since

	expect_output $'active\nprevious\nreason\nupdated' ls -A "$routes"
	expect_output deploy_acme-crm_007 cat "$routes/active"
	expect_output $'1001\n1002' ls -A "$installs"
	expect_equal "$(jq -r .state "$installs/1002")" reauth_required
	for directory in "$routes" "$installs" "$project/staging/routes"; do
		since=$(stale "$directory") || fail "$directory is not stale"
		[[ $since < $before || $since = "$before" ]] || fail "stale since $since, after $before"
	done
	as_ever "$1"
}
kill -STOP "$relay"
# What came in pages is believed for a second.
sleep 1.1
expect_within "$limit" ls "$routes" >/dev/null
was_known stopped
kill -CONT "$relay"
kill "$relay"
wait "$relay" || true
sleep 1.1
was_known away
hsxfs_unmount
