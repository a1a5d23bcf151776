#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Through a proxy that the environment names, it reaches an API from the sandbox as outside of it.
#
# However it is named. A proxy at another port is out of reach where Landlock rules on TCP.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/tls.sh"

read -r port < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 1)
hsxfs_background python3 "$HSXFS_TESTS/lib/proxy.py" "$port" seen pass
wait_until 10 test -e seen
emulator_start
tls_start
tls_host=${tls_api#https://}
tls_host=${tls_host%%/*}

# reached VARIABLE=VALUE: lists and writes, all of it through the proxy.
reached()
{
	config_write '.accounts.acct_demo.cloudflare |= (.api = $api | .ca_file = $ca)' \
		--arg api "$tls_api" --arg ca "$PWD/ca.pem"
	: >seen
	# shellcheck disable=SC2163 # the variable that it names
	export "$1"
	hsxfs_mount
	unset "${1%%=*}"
	expect_equal "$(jq -c '.sandbox | [.no_new_privs, .seccomp]' "$mnt/.status")" '[true,true]'
	expect_output "$(names_of | tr ' ' '\n')" ls "$secrets"
	expect_status 0 bash -c "echo '$1' >'$secrets/NEW'"
	expect_equal "$(value_of NEW)" "$1"
	hsxfs_unmount
	has_message seen "^CONNECT $tls_host HTTP"
	expect_equal "$(grep -cv "^CONNECT $tls_host " seen || true)" 0 "what else the proxy saw"
}

reached "https_proxy=http://127.0.0.1:$port"
reached "HTTPS_PROXY=127.0.0.1:$port"
reached "all_proxy=http://user:word@127.0.0.1:$port/"
reached "ALL_PROXY=http://localhost:$port"
