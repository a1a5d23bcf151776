#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Without a control plane the portals are the last numbers in the key names of `installs_kv`, or
#   of the namespace `hsx-<account>-<project>-<environment>-<app>-install`; their state is `unknown`,
#   and no value is ever fetched.
#
# The keys are those of a store of sealed tokens: of them nothing but the last number is shown.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

store=00000000000000000000000000000001
other=00000000000000000000000000000002
# shellcheck disable=SC2016 # a jq variable
default_seed | jq --arg account "$account" '.accounts[$account].kv = {
	"00000000000000000000000000000001": {
		title: "hsx-acct-demo-acme-crm-production-123456-install",
		keys: {"install:SEALED@example.com:9001": {value: "SEALED", metadata: {token: "SEALED"}},
			"9002": "SEALED", "tokens/9003": "SEALED", "SEALED-key": "SEALED",
			"9004:SEALED": "SEALED", "a9005": "SEALED",
			"123456789012345678901": "SEALED", "again:9002": "SEALED"},
		generate: {prefix: "install:", first: 1000001, count: 2500}},
	"00000000000000000000000000000002": {title: "by-id", keys: {"portal-7": "SEALED"}},
	"00000000000000000000000000000003": {
		title: "hsx-acct-demo-acme-crm-production-123456-installs", keys: {"5": "SEALED"}},
	"00000000000000000000000000000004": {
		title: "hsx-acct-demo-acme-crm-staging-1234567-install", keys: {"6": "SEALED"}}}' >seed.json
emulator_start seed.json
config_write '.accounts.acct_demo.projects["acme-crm"].app_id = "123456"'
hsxfs_mount
kv="/client/v4/accounts/$account/storage/kv/namespaces"

# By title: the list of namespaces once, then three pages of names.
expect_status 0 ls "$installs"
expect_equal "$(wc -l <output)" 2505 'the portals'
expect_equal "$(grep -vE '^100[0-9]{4}$' output | tr '\n' ' ')" '9001 9002 9003 9004 9005 ' 'the others'
expect_equal "$(sort -n output | sed -n '6p;$p' | tr '\n' ' ')" '1000001 1002500 ' 'first and last'
expect_equal "$(requests GET "$kv") $(requests GET "$kv/$store/keys")" '1 3' 'lists and pages'
expect_equal "$(cat "$installs/9001")" '{
  "accountId": "acct_demo",
  "environment": "production",
  "hubSpotAppId": "123456",
  "portalId": "9001",
  "projectId": "acme-crm",
  "state": "unknown"
}' 'a portal of a key'
expect_output unknown getfattr --only-values -n user.hsxfs.state "$installs/1002500"
expect_output 1980-01-02 date -u -r "$installs/9001" +%F
expect_status 1 cat "$installs/5"
expect_equal "$(cd "$installs" && getfattr --only-values -n user.hsxfs.unshown .)" 2 'keys that are not shown'

# Nothing is known of staging, whose namespace is not there; .errors says so.
expect_output '' ls "$project/staging/installs"
last_error 'no namespace .hsx-acct-demo-acme-crm-staging-123456-install'
expect_status 0 grep -r unknown "$installs"
grep -r . "$project" >everything
cat "$mnt/.errors" "$installs/.status" >>everything
getfattr -d -m - "$installs"/900? >>everything 2>/dev/null
has_no everything SEALED
expect_equal "$(requests '*' "$kv/*")" 3 'requests below a namespace'
expect_equal "$(requests '*' '*/values/*')$(requests '*' '*/bulk*')$(requests '*' '*/metadata/*')" 000 \
	'values fetched'
hsxfs_unmount

# By its id, which needs neither a title nor an app, and no list.
requests_clear
# shellcheck disable=SC2016 # a jq variable
config_write '.accounts.acct_demo.projects["acme-crm"].environments.production.installs_kv = $other' \
	--arg other "$other"
hsxfs_mount
expect_output 7 ls "$installs"
expect_output 'null unknown' jq -r '"\(.hubSpotAppId) \(.state)"' "$installs/7"
expect_equal "$(requests GET "$kv") $(requests)" '0 1' 'requests by id'
expect_output '' ls "$project/staging/installs"
last_error 'neither app_id nor installs_kv'
expect_errno 'unlink EPERM' unlink "$installs/7"

# With a control plane it is that which tells.
hsxfs_unmount
plane_seed >seed.json
emulator_start seed.json
plane=${api%/client/v4}/control-plane
# shellcheck disable=SC2016 # a jq variable
plane_config '.accounts.acct_demo.projects["acme-crm"].environments.production.installs_kv = $other' \
	--arg other "$other"
hsxfs_mount
expect_output '1001
1002' ls "$installs"
hsxfs_unmount
