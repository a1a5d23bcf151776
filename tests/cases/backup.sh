#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A second `rsync -a` finds nothing to do, in the same mount and in the next.
#
# A nightly backup of the metadata: rsync and git are quiet while nothing changes, and show exactly
# what did.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# Staging's flags are in a namespace of their own, where the same flag is written in two ways.
store=00000000000000000000000000000009
one='{"flags": {"beta": {"key": "beta", "state": "enabled", "rules": [{"if": {"plan": 1, "age": 2}}],
	"updatedAt": "2026-06-01T00:00:00Z"}, "alpha": {"state": "disabled", "type": "boolean"}}}'
other='{"updatedAt": "2026-07-01T00:00:00Z", "flags": {"alpha": {"type":"boolean","state":"disabled"},
	"beta": {"updatedAt": "2026-06-01T00:00:00Z","rules":[{"if":{"age":2,"plan":1}}],
	"state":"\u0065nabled","key":"beta"}}}'
# shellcheck disable=SC2016 # jq variables
plane_start '.accounts[$account].kv = {($store): {title: "own", keys: {snapshot: $one}}} |
	.control_plane.accounts.acct_demo.projects["acme-crm"] |= (
		.environments.production.flags.targeted = {state: "enabled",
			updatedAt: "2026-06-01T00:00:00Z", zeta: {b: 1, a: [2.50, 1e3, "ü"]},
			rules: [{if: {portal: "1001"}, then: "on"}]} |
		.environments.dev.flags = {local: {state: "disabled", updatedAt: null}} |
		.environments.staging.installs = [{portalId: "2001", state: "active"}])' \
	--arg account "$account" --arg store "$store" --arg one "$one"

configure()
{
	# shellcheck disable=SC2016 # a jq variable
	plane_config '.accounts.acct_demo.projects["acme-crm"].environments.staging.flags_kv = $store' \
		--arg store "$store"
}
configure
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
	# Also where size and time are the same.
	expect_status 0 rsync -ac --delete "$mnt/" backup/ --exclude=/.git
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

# The server answers with the same in other words: still nothing.
hsxfs_unmount
kill -TERM "${hsxfs_processes[0]}"
wait "${hsxfs_processes[0]}" || true
# shellcheck disable=SC2016 # jq variables
jq '.accounts[$account].kv[$store].keys.snapshot = $other' --arg account "$account" \
	--arg store "$store" --arg other "$other" seed.json >turned.json
emulator_start turned.json
plane=${api%/client/v4}/control-plane
configure
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
