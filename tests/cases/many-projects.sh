#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fifty projects that the control plane tells of, each with three environments that have flags,
# routes and installs: every file can be read, and what it costs is counted.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# In each environment 2 flags, 4 files of a route and 3 installs, but for the project `large`.
# shellcheck disable=SC2016 # jq variables
plane_seed '
	def environment: {
		installs: [range(3) | {portalId: "\(100 + .)", state: "active", updatedAt: "2026-05-01T00:00:00Z"}],
		flags: {"new-pricing": {state: "enabled"}, "new-checkout": {state: "disabled"}}};
	def route: {active: "deploy_2", previous: "deploy_1", reason: "promote",
		updatedAt: "2026-06-11T14:02:11Z"};
	def project: {workers: ["deals"], apps: ["123456"],
		routes: {dev: route, staging: route, production: route},
		environments: {dev: environment, staging: environment, production: environment}};
	.control_plane.accounts.acct_demo |= (
		.projects = {} | .generate_projects = {prefix: "p", count: 49, template: project} |
		.projects.large = (project | .environments.production.generate_installs =
			{count: 2098, first: 1000001})) |
	.accounts[$account].scripts = ([range(49) | "p\(.)"] + ["large"] |
		map({key: "hsx-acct-demo-\(.)-deals", value: {secrets: {KEY: "canary"}}}) | from_entries)' \
	--arg account "$account" >seed.json
emulator_start seed.json
plane=${api%/client/v4}/control-plane
plane_config 'del(.accounts.acct_demo.projects)'
hsxfs_mount -o ttl=600

# p0 to p48 and large: 9 files an environment, a secret in production, and large's 2,098 more.
files=$((50 * 3 * 9 + 50 + 2098))
expect_output "$files" bash -c 'find "$1" -type f | wc -l' . "$mnt"
expect_output 150 bash -c 'ls -d "$1"/acct_demo/*/*/routes | wc -l' . "$mnt"

# at_most N METHOD PATH WHAT
at_most()
{
	local came

	came=$(requests "$2" "$3")
	[ "$came" -le "$1" ] || fail "$came requests for $4, not at most $1"
}

kv="/client/v4/accounts/$account/storage/kv/namespaces"
costs()
{
	at_most 1 GET '*/acct_demo/projects' projects
	at_most 50 GET '*/routes' routes
	at_most 152 GET '*/installs' installs
	at_most 1 GET "$kv" namespaces
	at_most 150 GET "$kv/*/keys" 'keys of flags'
	at_most 150 POST "$kv/*/bulk/get" 'values of flags'
	at_most 50 GET '*/secrets' secrets
	at_most $((1 + 50 + 152 + 1 + 150 + 150 + 50)) '*' '*' 'the whole mount'
	expect_equal "$(requests GET '*/p0/routes') $(requests GET '*/large/routes')" '1 1' 'of one project'
	expect_equal "$(requests GET '*/large/environments/production/installs')" 3 'pages of 2,101 installs'
}

costs
find "$mnt" -type f -exec cat {} + >all
expect_equal "$(find "$mnt" -type f -size +0 | wc -l)" "$files" 'files with something in them'
expect_equal "$(grep -c '"portalId"' all)" $((150 * 3 + 2098)) 'installs that were read'
expect_equal "$(grep -c '"key": "new-' all)" 300 'flags that were read'
expect_equal "$(grep -cx 'deploy_[12]' all)" 300 'routes that were read'
expect_equal "$(grep -c '^hsxfs: write-only secret KEY$' all)" 50 'secrets that were read'
# The whole mount once more, by other tools, costs nothing more.
expect_output "$files" bash -c 'tar -c "$1" 2>/dev/null | tar -t | grep -vc "/$"' . "$mnt"
expect_status 0 rsync -a "$mnt/" copy/
expect_status 0 diff -r "$mnt" copy
costs
hsxfs_unmount

# Whoever reads first, without a look at a directory, pays the same.
requests_clear
hsxfs_mount -o ttl=600
find copy -type f -printf '%P\0' | (cd "$mnt" && xargs -0 cat) >again
expect_equal "$(sort all | sha256sum)" "$(sort again | sha256sum)" 'what was read by name'
costs
hsxfs_unmount
