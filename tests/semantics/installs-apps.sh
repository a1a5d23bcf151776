#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A project with several apps, and no `app_id`, has a directory for each: `installs/APP/PORTAL`;
#   any other has none.
# > A portal of an app that the project does not list has no place: `user.hsxfs.unshown` counts it, and
#   `.errors` names the first ten, as APP/PORTAL. Apps that it lists beside a configured `app_id` are
#   passed over.
# > What is not shown is said in `.errors` once, until its number changes.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"] |= (
	.apps = ["123456", "654321", "777"] |
	.environments.production = {
		apps: {"123456": {}, "654321": {}, "777": {}},
		installs: [{portalId: "1001", hubSpotAppId: "123456", state: "active"},
			{portalId: "1001", hubSpotAppId: "654321", state: "reauth_required"},
			{portalId: "1002", hubSpotAppId: 654321, state: "active"},
			{portalId: "1003", hubSpotAppId: null, state: "active"}]}) |
	.control_plane.accounts.acct_demo.projects.single = {apps: ["99"], environments: {production:
		{installs: [{portalId: "1001", hubSpotAppId: "99"}]}}} |
	.control_plane.accounts.acct_demo.projects.none = {environments: {production:
		{installs: [{portalId: "1001"}]}}}'
plane_config 'del(.accounts.acct_demo.projects["acme-crm"].environments.production.flags_key)'
hsxfs_mount

# files DIRECTORY: what is below it, in one line.
files()
{
	(cd "$1" && find . -mindepth 1 -printf '%P%y ' | tr ' ' '\n' | sort | tr '\n' ' ')
}

# unshown COUNT: so many records have no place; none: there is no such attribute.
unshown()
{
	expect_equal "$(cd "$installs" && getfattr --only-values -n user.hsxfs.unshown . 2>/dev/null || echo 0)" \
		"$1" 'what is not shown'
}

# Opened by its whole name, before anything was listed.
expect_output 'reauth_required 654321' jq -r '"\(.state) \(.hubSpotAppId)"' "$installs/654321/1001"
expect_output 'active 123456' jq -r '"\(.state) \(.hubSpotAppId)"' "$installs/123456/1001"
expect_equal "$(files "$installs")" \
	'123456/1001f 123456d 654321/1001f 654321/1002f 654321d 777d ' 'by app'
expect_output active getfattr --only-values -n user.hsxfs.state "$installs/654321/1002"
unshown 1
for name in 1001 1003 123456/1002 12345 99 99/1001 777/1001; do
	expect_errno 'stat ENOENT' stat "$installs/$name"
done
expect_equal "$(files "$mnt/acct_demo/single/production/installs")" '1001f ' 'with one app'
expect_output 99 jq -r .hubSpotAppId "$mnt/acct_demo/single/production/installs/1001"
expect_equal "$(files "$mnt/acct_demo/none/production/installs")" '1001f ' 'with no app'
expect_output null jq -r .hubSpotAppId "$mnt/acct_demo/none/production/installs/1001"
hsxfs_unmount

# With an app_id there is but that one app, and no directory.
plane_config '.accounts.acct_demo.projects["acme-crm"].app_id = "654321"'
hsxfs_mount
expect_equal "$(files "$installs")" '1001f 1002f 1003f ' 'with app_id'
expect_output reauth_required jq -r .state "$installs/1001"
unshown 0
hsxfs_unmount

# strangers FIRST LAST: records of apps 1, 2 and so on.
strangers()
{
	rules_clear
	rule "$(jq -cn --argjson first "$1" --argjson last "$2" '{path: "*/production/installs", times: -1,
		body: {items: ([{portalId: "1", hubSpotAppId: "777"}] + [range($first; $last + 1)
			| {portalId: "7\(.)", hubSpotAppId: "\(.)", state: "active"}]), nextCursor: null}}')"
}

# named: the portals that .errors names, in one line.
named()
{
	sed -n 's/.*an app that the project does not list: \([0-9/]*\).*/\1/p' "$mnt/.errors" | tr '\n' ' '
}

# Of apps that nobody lists; with several, with one, and beside the configured one.
plane_config
strangers 1 3
hsxfs_mount -o ttl=0
for _ in 1 2 3; do
	expect_equal "$(files "$installs")" '123456d 654321d 777/1f 777d ' 'with strangers'
done
unshown 3
expect_equal "$(named)" '1/71 2/72 3/73 ' 'what is named'
expect_errno 'stat ENOENT' stat "$installs/1"
expect_errno 'stat ENOENT' stat "$installs/1/71"
strangers 1 12
kill -HUP "$daemon"
sleep 0.1
expect_equal "$(files "$installs")" '123456d 654321d 777/1f 777d ' 'with more strangers'
unshown 12
expect_equal "$(named)" "1/71 2/72 3/73 $(for app in {1..10}; do printf '%s/7%s ' "$app" "$app"; done)" 'what is named'
expect_equal "$(grep -c 'of the records told are not shown' "$mnt/.errors")" 2 'lines about their number'
hsxfs_unmount
rules_clear
rule '{"path": "*/single/environments/production/installs", "times": -1, "body": {"nextCursor": null, "items": [
	{"portalId": "1"}, {"portalId": "2", "hubSpotAppId": "99"}, {"portalId": "3", "hubSpotAppId": "98"}]}}'
hsxfs_mount
single=$mnt/acct_demo/single/production/installs
expect_equal "$(files "$single")" '1f 2f ' 'of the one app'
expect_equal "$(cd "$single" && getfattr --only-values -n user.hsxfs.unshown .)" 1 'of another app'
expect_equal "$(named)" '98/3 ' 'what is named'
hsxfs_unmount
rules_clear
plane_config '.accounts.acct_demo.projects["acme-crm"].app_id = "777"'
strangers 5 5
hsxfs_mount
expect_equal "$(files "$installs")" '1f ' 'of the configured app'
unshown 1
expect_equal "$(named)" '5/75 ' 'what is named'
hsxfs_unmount
