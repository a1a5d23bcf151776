#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A second `rsync -a` finds nothing to do, in the same mount and in the next.
#
# A nightly backup of the metadata: rsync and git are quiet while nothing changes, and show exactly
# what did.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# Members in another order, or beyond those that are known, and a value of an unknown layout.
plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"] |= (
	.environments.production.flags.targeted = {state: "enabled", updatedAt: "2026-06-01T00:00:00Z",
		zeta: {b: 1, a: [2.50, 1e3, "ü"]},
		rules: [{if: {portal: "1001"}, then: "on"}]} |
	.environments.dev.flags = {local: {state: "disabled", updatedAt: null}} |
	.environments.staging.installs = [{portalId: "2001", state: "active"}])'
plane_config
hsxfs_mount

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
in_git()
{
	git -C backup -c user.name=Nobody -c user.email=nobody@localhost "$@"
}

# is_same: neither tool finds anything to do.
is_same()
{
	expect_output '' rsync -ain --delete "$mnt/" backup/ --exclude=/.git
	expect_status 0 rsync -a --delete "$mnt/" backup/ --exclude=/.git
	in_git add -A .
	expect_output '' in_git status --porcelain
	expect_output '' in_git diff --cached
}

git init -q backup
expect_status 0 rsync -a "$mnt/" backup/
expect_output '' rsync -ain "$mnt/" backup/
[ "$(find backup/acct_demo -type f | wc -l)" -ge 20 ] || fail 'files are missing'
expect_equal "$(find backup/acct_demo -type f -size 0)" '' 'empty files'
in_git add .
in_git commit -q -m first
is_same
hsxfs_unmount
hsxfs_mount
is_same
diff -r --exclude=.git "$mnt" backup || fail 'diff -r'

# The server answers with the same, sorted otherwise: still nothing.
hsxfs_unmount
kill -TERM "${hsxfs_processes[0]}"
wait "${hsxfs_processes[0]}" || true
# shellcheck disable=SC2016 # a jq program
jq 'def turned: if type == "object" then to_entries | reverse | map(.value |= turned) | from_entries
		elif type == "array" then map(turned) else . end;
	turned' seed.json >turned.json
emulator_start turned.json
plane=${api%/client/v4}/control-plane
plane_config
hsxfs_mount
is_same

# What changes is shown, and nothing else.
echo disabled >"$flags/new-pricing"
expect_status 0 rsync -a --delete "$mnt/" backup/ --exclude=/.git
in_git add -A .
expect_output $'1\t1\tacct_demo/acme-crm/production/flags/new-pricing' in_git diff --cached --numstat
expect_status 0 in_git diff --cached
has_message output '^-  "state": "enabled"'
has_message output '^\+  "state": "disabled"'
in_git commit -q -m second
is_same
hsxfs_unmount
