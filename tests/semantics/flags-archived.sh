#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `rm` archives a flag: the file is gone, and the brake counts it.
# > An archived flag is not shown; writing to its name brings it back.
#
# Flags that are removed, which archives them, and that come back.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

state_of()
{
	plane_state ".accounts.acct_demo.projects[\"acme-crm\"].flags.production[\"123456\"][\"$1\"].state"
}

changes()
{
	curl -sS -f -m 10 "$admin/requests" | jq -r '[.[] | select(.method != "GET")
		| .method + " " + (.path | split("/") | last) + " " + (.body | fromjson | .state)] | join(", ")'
}

plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments.production.flags += {
	old: {state: "archived", version: 4, owner: "me"}, older: {state: "archived", version: 9},
	a: {}, b: {}, c: {}, d: {}}'
plane_config
hsxfs_mount

# Archived ones are in no listing and cannot be opened.
expect_output 'a b c d new-checkout new-pricing ' bash -c "ls '$flags' | tr '\n' ' '"
expect_errno 'read ENOENT' read "$flags/old"
expect_errno 'unlink ENOENT' unlink "$flags/old"

# rm, by one request; the flag is gone for everybody and kept at the control plane.
requests_clear
expect_status 0 rm "$flags/new-pricing"
expect_equal "$(changes)" 'PATCH new-pricing archived'
expect_equal "$(state_of new-pricing)" archived
expect_errno 'stat ENOENT' stat "$flags/new-pricing"
expect_errno 'read ENOENT' read "$flags/new-pricing"
expect_output 'a b c d new-checkout ' bash -c "ls '$flags' | tr '\n' ' '"
expect_equal "$(ls "$project/staging/flags")" new-pricing staging

# The word does the same, though the file was open.
expect_status 0 bash -c "echo archived >'$flags/new-checkout'"
expect_errno 'stat ENOENT' stat "$flags/new-checkout"
expect_errno 'read ENOENT' read "$flags/new-checkout"

# A word, and JSON, bring back what was removed here or was archived before: it is no new flag.
requests_clear
echo disabled >"$flags/new-pricing"
echo enabled >"$flags/new-checkout"
echo enabled >>"$flags/old"
echo '{"state": "disabled", "owner": "you"}' >"$flags/older"
expect_equal "$(changes)" \
	'PATCH new-pricing disabled, PATCH new-checkout enabled, PATCH old enabled, PUT older disabled'
expect_output '["enabled","me"]' jq -c '[.state, .owner]' "$flags/old"
expect_output you jq -r .owner "$flags/older"
expect_output 10 getfattr --only-values -n user.hsxfs.version "$flags/older"
expect_output 8 bash -c "ls '$flags' | wc -l"

# The brake: one was removed above, two may follow; the fourth and every further one may not.
requests_clear
expect_status 0 rm "$flags/a" "$flags/b"
expect_errno 'unlink EPERM' unlink "$flags/c"
expect_failure rm -rf "$flags/c" "$flags/d"
last_error '"errno":"EPERM".*rm=free'
expect_equal "$(changes)" 'PATCH a archived, PATCH b archived'
expect_status 0 cat "$flags/c" "$flags/d"
hsxfs_unmount

hsxfs_mount -o rm=off
expect_errno 'unlink EPERM' unlink "$flags/c"
hsxfs_unmount
hsxfs_mount -o rm=free
expect_status 0 rm "$flags/c" "$flags/d" "$flags/old" "$flags/older"
expect_output 'new-checkout new-pricing ' bash -c "ls '$flags' | tr '\n' ' '"
hsxfs_unmount
