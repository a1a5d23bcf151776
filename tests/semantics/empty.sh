#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A project that is not linked, or that the control plane does not know, has empty `flags/` and
#   `routes/`.
# > One that the control plane does not know has an empty `installs/`, too; one that is not linked has
#   those that it is told to have.
# > If the control plane tells of a project and then knows nothing of its routes or installs, these fail
#   with ENXIO.
# > Without a control plane `routes/` is empty.
# > Why one of these is empty is in `.errors`, once, and in `user.hsxfs.reason`.
# > The `secrets/` of an environment that owns nothing says why in `.errors`, once, and in
#   `user.hsxfs.reason`.
# > Where nothing was ever promoted there is no `routes/active`, and making it is EROFS: the first deploy is
#   promoted by hs-x.
#
# What has nothing in it, and how it says so.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# An unlinked project whose flags are in Workers KV all the same, as they were before.
# shellcheck disable=SC2016 # a jq variable
plane_start '.control_plane.accounts.acct_demo.projects |= (. as $all
	| .["unlinked-crm"] = ($all["acme-crm"] | .linked = false))
	| .accounts[].kv = {"00000000000000000000000000000001": {
		title: "hsx-acct-demo-unlinked-crm-production-123456-flags",
		keys: {snapshot: "{\"flags\":{\"old\":{\"key\":\"old\",\"state\":\"enabled\"}}}"}}}'

# is_empty DIRECTORY PATTERN: and says why, in an attribute each time, in .errors once.
is_empty()
{
	local path=${1#"$mnt"}

	for _ in 1 2 3; do
		expect_output '' ls -A "$1"
		getfattr --absolute-names --only-values -n user.hsxfs.reason "$1" >reason
		has_message reason "$2"
		sleep 0.05
	done
	expect_errno 'stat ENOENT' stat "$1/active"
	expect_equal "$(grep -c "\"operation\":\"list\",\"path\":\"$path\"" "$mnt/.errors")" 1 "lines about $path"
	grep "\"path\":\"$path\"" "$mnt/.errors" >line
	has_message line "$2"
}

# Not linked; or not known, though it is configured.
plane_config '.accounts.acct_demo.projects |= (. as $all | .["unknown-crm"] = {app_id: "123456"}
	| .["unlinked-crm"] = {})'
hsxfs_mount -o ttl=0.01
for environment in production staging; do
	is_empty "$mnt/acct_demo/unlinked-crm/$environment/flags" 'not linked.*hs-x link'
	is_empty "$mnt/acct_demo/unlinked-crm/$environment/routes" 'not linked.*hs-x link'
done
expect_equal "$(requests GET '*/unlinked-crm/routes')" 0 "requests for its routes"
is_empty "$mnt/acct_demo/unknown-crm/production/routes" '[Nn]o such project'
is_empty "$mnt/acct_demo/unknown-crm/production/flags" '[a-z]'
is_empty "$mnt/acct_demo/unknown-crm/production/installs" '[Nn]o such project'
expect_output $'1001\n1002' ls -A "$mnt/acct_demo/unlinked-crm/production/installs"
expect_output $'1001\n1002' ls -A "$installs"

# A list that breaks off is none.
rule '{"path": "*/unknown-crm/*/production/installs", "body": {"items": [{"portalId": "1"}], "nextCursor": "2"}}'
sleep 1.1
expect_errno 'listdir ENXIO' listdir "$mnt/acct_demo/unknown-crm/production/installs"
rules_clear

# A project that is told of, and then is not found.
for path in routes environments/staging/installs; do
	rule "{\"path\": \"*/acme-crm/$path\", \"times\": -1, \"status\": 404, \"error\": \"not_found\", \"message\": \"Not here.\"}"
done
expect_errno 'listdir ENXIO' listdir "$routes"
last_error '"/acct_demo/acme-crm/production/routes".*Not here'
expect_errno 'listdir ENXIO' listdir "$project/staging/installs"
last_error '"/acct_demo/acme-crm/staging/installs".*Not here'
rules_clear
sleep 0.05

# A route that there never was, in a project that has others.
is_empty "$project/dev/routes" 'no deploy was ever promoted'
expect_errno 'open EROFS' write "$project/dev/routes/active" deploy_x
last_error 'nothing is live in dev yet.*promote the first one with hs-x'
expect_errno 'open EROFS' write "$project/dev/routes/other" deploy_x
last_error 'nothing can be made in routes/'
is_empty "$mnt/acct_demo/unlinked-crm/staging/secrets" 'staging owns no script'
expect_output '# file: secrets
user.hsxfs.reason="staging owns no script"' bash -c 'cd "$1" && getfattr -d secrets' - "$mnt/acct_demo/unlinked-crm/staging"
expect_errno 'getxattr ENODATA' getxattr "$mnt/acct_demo/unlinked-crm/staging/secrets" user.hsxfs.scripts
expect_errno 'getxattr ENODATA' getxattr "$secrets" user.hsxfs.reason
for directory in "$routes" "$flags"; do
	expect_status 0 ls "$directory"
	expect_errno 'getxattr ENODATA' getxattr "$directory" user.hsxfs.reason
done

# Linked again: all is there, and a later end of it is said again.
rule '{"method": "GET", "path": "*/projects", "times": -1, "body": {"items": [{"projectId": "unlinked-crm", "linked": true,
	"workers": ["deals"], "apps": [{"hubSpotAppId": "123456"}]}], "nextCursor": null}}'
rule '{"method": "GET", "path": "*/unlinked-crm/routes", "times": 1, "body": {"items": [{"environment": "production",
	"active": "d1"}], "nextCursor": null}}'
sleep 0.15
expect_output active ls "$mnt/acct_demo/unlinked-crm/production/routes"
expect_output old ls "$mnt/acct_demo/unlinked-crm/production/flags"
sleep 0.05
expect_output '' ls "$mnt/acct_demo/unlinked-crm/production/routes"
expect_equal "$(grep -c '"list","path":"/acct_demo/unlinked-crm/production/routes"' "$mnt/.errors")" 2 \
	"lines about routes that went away"
rules_clear
hsxfs_unmount

# Without a control plane.
config_write
hsxfs_mount -o ttl=0.01
requests_clear
is_empty "$routes" 'no control plane is configured'
# What is missing to write a flag at all comes before what is missing to read it.
for _ in 1 2; do
	expect_errno 'open EROFS' write "$flags/foo" enabled
	last_error '"create".*no control plane is configured to write flags through.*authoring'
done
expect_equal "$(requests)" 0 requests
hsxfs_unmount
