#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# An API that is down for one listing of six Workers is asked again after one pause, not after six that
# double.

. "$HSXFS_TESTS/lib/common.sh"

jq -n --arg token "$token" --arg account "$account" '
	{tokens: [$token], accounts: {($account): {scripts: (
	[range(6)] | map({("script\(.)"): {secrets: {("S\(.)"): "v"}}}) | add)}}}' >seed.json
read -r port < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 1)
six='.accounts.acct_demo.projects["acme-crm"].environments = {production: {scripts: [range(6) | "script\(.)"]}}'

# back: how long until a listing succeeds, in at most 2.5 s.
back()
{
	wait_until 10 eval 'ls "$secrets" >listed 2>/dev/null'
	taken=$(((${EPOCHREALTIME/./} - down) / 1000))
	[ "$taken" -le 2500 ] || fail "works again after $taken ms"
	expect_equal "$(tr '\n' ' ' <listed)" 'S0 S1 S2 S3 S4 S5 '
	expect_errno ok write "$secrets/NEW" key
}

# Silent.
emulator_start seed.json
config_write "$six"
hsxfs_mount -o deadline=0.5
rule '{"hang": true, "times": -1}'
expect_errno 'listdir ETIMEDOUT' listdir "$secrets"
down=${EPOCHREALTIME/./}
rules_clear
back
hsxfs_unmount

# Not there.
api=http://127.0.0.1:$port/client/v4
config_write "$six"
hsxfs_mount
expect_errno 'listdir ECONNREFUSED' listdir "$secrets"
down=${EPOCHREALTIME/./}
rm url
hsxfs_background "$HSXFS_BUILD/hsxfs-emulator" --listen "127.0.0.1:$port" --seed seed.json --url-file url
wait_until 10 has_a_line url
back
hsxfs_unmount
