#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# With a proxy in the environment nothing of a loopback API reaches it; another API's does.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/two_accounts.sh"

read -r port < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 1)
hsxfs_background python3 "$HSXFS_TESTS/lib/proxy.py" "$port" seen
wait_until 10 test -e seen

two_accounts_seed >two.json
emulator_start two.json
config_write_two "https://api.example.com/client/v4"
http_proxy=http://127.0.0.1:$port
export http_proxy HTTP_PROXY=$http_proxy https_proxy=$http_proxy HTTPS_PROXY=$http_proxy ALL_PROXY=$http_proxy
hsxfs_mount -o deadline=3
unset http_proxy HTTP_PROXY https_proxy HTTPS_PROXY ALL_PROXY

expect_status 0 ls "$secrets"
expect_status 0 bash -c "echo key > '$secrets/X'"
expect_equal "$(value_of X)" key
expect_equal "$(cat seen)" "" "what the proxy saw"

expect_failure ls "$other_secrets"
has_message seen 'CONNECT api.example.com:443 '
has_no seen "$token" secrets
hsxfs_unmount
