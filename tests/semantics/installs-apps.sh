#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A project with several apps, and no `app_id`, has a directory for each: `installs/APP/PORTAL`;
#   any other has none.

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

# Opened by its whole name, before anything was listed.
expect_output 'reauth_required 654321' jq -r '"\(.state) \(.hubSpotAppId)"' "$installs/654321/1001"
expect_output 'active 123456' jq -r '"\(.state) \(.hubSpotAppId)"' "$installs/123456/1001"
expect_equal "$(files "$installs")" \
	'123456/1001f 123456d 654321/1001f 654321/1002f 654321d 777d ' 'by app'
expect_output active getfattr --only-values -n user.hsxfs.state "$installs/654321/1002"
expect_equal "$(cd "$installs" && getfattr --only-values -n user.hsxfs.unshown .)" 1 'the record without an app'
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
hsxfs_unmount
