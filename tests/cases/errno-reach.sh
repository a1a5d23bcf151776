#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An API that cannot be asked, a token that is missing or refused: never ENOENT, never an empty listing.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start

# reach WANTED FILTER: what listing, writing and removing get.
reach()
{
	config_write "$2"
	hsxfs_mount -o deadline=1
	expect_errno "listdir $1" listdir "$secrets"
	# Known at the open, or from the request itself; never as late as the close.
	expect_equal "$(python3 "$HSXFS_TESTS/lib/errno.py" write "$secrets/STRIPE_KEY" key |
		sed 's/^open/write/')" "write $1"
	expect_errno "unlink $1" unlink "$secrets/STRIPE_KEY"
	expect_errno "stat $1" stat "$secrets/STRIPE_KEY"
	has_message "$mnt/.errors" "$1"
	hsxfs_expect_log 'token'
	hsxfs_unmount
	expect_equal "$(names_of)" "ONLY_HERE RESEND_API_KEY STRIPE_KEY"
}

cloudflare=.accounts.acct_demo.cloudflare
read -r port < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 1)
reach ECONNREFUSED "$cloudflare.api = \"http://127.0.0.1:$port/client/v4\""
reach ENOENT "$cloudflare.account_id = \"ffffffffffffffffffffffffffffffff\""
reach ENOKEY "$cloudflare.token = {env: \"HSXFS_NO_SUCH_VARIABLE\"}"

(umask 077 && echo another-token >other-token)
reach EACCES "$cloudflare.token = {file: \"$PWD/other-token\"}"

rule '{"method": "GET", "status": 500, "times": -1}'
config_write
hsxfs_mount -o deadline=1
expect_errno 'listdir EIO' listdir "$secrets"
rules_clear
expect_errno ok listdir "$secrets"
hsxfs_unmount

# Garbage for an answer, and faults below HTTP.
for fault in --garbage --half-headers '--cut-after 60' '--stall-after 0' --close-after-request; do
	rm -f relay-url
	# shellcheck disable=SC2086 # an option and its number
	hsxfs_background "$HSXFS_BUILD/hsxfs-relay" --listen 127.0.0.1:0 --to "${api:7:-10}" \
		--url-file relay-url $fault
	wait_until 5 has_a_line relay-url
	relay_port=$(grep -o '[0-9]*' <<<"$(cut -d: -f3 relay-url)" | head -n 1)
	config_write "$cloudflare.api = \"http://127.0.0.1:$relay_port/client/v4\""
	hsxfs_mount -o deadline=1
	case $(python3 "$HSXFS_TESTS/lib/errno.py" listdir "$secrets") in
	"listdir EPROTO" | "listdir ECONNREFUSED" | "listdir ETIMEDOUT") ;;
	*) fail "$fault: $(python3 "$HSXFS_TESTS/lib/errno.py" listdir "$secrets")" ;;
	esac
	hsxfs_unmount
	kill "$background"
done
