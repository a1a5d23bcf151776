#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# hsxfs --check asks for what a mount would list, says of each how that went, changes and mounts nothing.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config

# checks STATUS LINE...: exactly these lines, beginning with the configuration's.
checks()
{
	local wanted=$1

	shift
	expect_status "$wanted" timeout 20 "$HSXFS_BUILD/hsxfs" --check "$config" -o deadline=1
	expect_equal "$(cat output)" "$(printf '%s\n' "ok     $config" "$@")"
}

requests_clear
checks 0 'ok     /acct_demo: 1 names' \
	'ok     /acct_demo/acme-crm/dev/secrets: 1 names' \
	'ok     /acct_demo/acme-crm/staging/secrets: 2 names' \
	'ok     /acct_demo/acme-crm/production/secrets: 3 names'
expect_equal "$(requests) $(requests GET)" "$(requests GET) $(requests)" "requests that change anything"
[ ! -e "$XDG_STATE_HOME" ] || fail "there is a state directory"
[ ! -e "$mnt" ] || fail "there is a mount point"

# A Worker that is not there, a token that is refused, one that is not there, nobody.
config_write '.accounts.acct_demo.projects["acme-crm"].environments.staging.scripts = ["no-such-worker"]'
expect_status 1 "$HSXFS_BUILD/hsxfs" --check "$config"
has_message output '^ok     /acct_demo/acme-crm/production/secrets: 3 names'
has_message output '^FAILED /acct_demo/acme-crm/staging/secrets: no-such-worker: .*; deploy the Worker first, or correct'
echo wrong-token-0123456789 >token
expect_status 1 "$HSXFS_BUILD/hsxfs" --check "$config"
has_message output '^FAILED /acct_demo/acme-crm/production/secrets: .*; check that the token is right'
has_no output wrong-token-0123456789
rm token
expect_status 1 "$HSXFS_BUILD/hsxfs" --check "$config"
has_message errors 'warning: .*token'
has_message output '^FAILED /acct_demo/acme-crm/production/secrets: .*no token found'
has_message output '^ok     /acct_demo/acme-crm/dev/secrets: 1 names'
api=http://127.0.0.1:9/client/v4
config_write
expect_status 1 timeout 20 "$HSXFS_BUILD/hsxfs" --check "$config"
has_message output '^FAILED /acct_demo/acme-crm/production/secrets: .*; check the network'

expect_status 1 "$HSXFS_BUILD/hsxfs" --check "$config" "$config"
has_message errors 'one too many'
expect_status 1 "$HSXFS_BUILD/hsxfs" --check "$PWD/none.json"
has_message errors 'none.json: there is no such file'
mkdir -p home/.config/hsxfs
config_write '{accounts: {acct_demo: {projects: {"acme-crm": {environments: {dev: .accounts.acct_demo.projects["acme-crm"].environments.dev}}}}}}'
mv "$config" home/.config/hsxfs/config.json
expect_status 0 env -u XDG_CONFIG_HOME HOME="$PWD/home" "$HSXFS_BUILD/hsxfs" --check
has_message output "^ok     $PWD/home/.config/hsxfs/config.json"
