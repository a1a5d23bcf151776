#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Whatever SSLKEYLOGFILE says, the keys of hsxfs' TLS connections are written nowhere.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/tls.sh"

emulator_start

# curl does write them, so a file that stays empty says something about hsxfs.
export SSLKEYLOGFILE=$PWD/keys
tls_start
[ -s keys ] || skip "this libcurl writes no keys anyway"
unset SSLKEYLOGFILE
rm keys

# shellcheck disable=SC2154 # tls_start sets it
config_write '.accounts.acct_demo.cloudflare |= (.api = $tls | .ca_file = $ca)' \
	--arg tls "$tls_api" --arg ca "$PWD/ca.pem"
SSLKEYLOGFILE=$PWD/keys hsxfs_mount
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
expect_errno ok write "$secrets/STRIPE_KEY" key
expect_equal "$(value_of STRIPE_KEY)" key
hsxfs_unmount
expect_status 0 timeout 20 env SSLKEYLOGFILE="$PWD/keys" "$HSXFS_BUILD/hsxfs" "$config" "$mnt"
expect_errno ok write "$secrets/STRIPE_KEY" other
fusermount3 -u "$mnt"
[ ! -e keys ] || fail "there are keys: $(head -c 100 keys)"
