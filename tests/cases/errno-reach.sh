#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A listing that could not be had is an error, never an empty directory and never ENOENT for a
#   name.
# > | nobody listens, or the connection is cut | ECONNREFUSED |
# > | it is not asked: no token was found | ENOKEY |
#
# An API that cannot be asked, a token that is missing or refused: never ENOENT, never an empty listing.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start

# reach WANTED FILTER: what listing, writing and removing get.
reach()
{
	config_write "$2"
	hsxfs_mount -o deadline=1
	# Never ENOENT: that would look like a directory that has just been removed.
	expect_errno "listdir ${1/ENOENT/ENXIO}" listdir "$secrets"
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

# Garbage for an answer, and faults below HTTP: an errno that says so, in the listing and the write.
# reach_relay FAULT... WANTED: WANTED is an extended regular expression.
reach_relay()
{
	local wanted=${!#} call

	rm -f relay-url
	hsxfs_background "$HSXFS_BUILD/hsxfs-relay" --listen 127.0.0.1:0 --to "${emulator#http://}" \
		--url-file relay-url "${@:1:$#-1}"
	wait_until 5 has_a_line relay-url
	config_write "$cloudflare.api = \"http://$(relay_address)/client/v4\""
	for call in listdir write; do
		hsxfs_mount -o deadline=1
		if [ "$call" = write ]; then
			python3 "$HSXFS_TESTS/lib/errno.py" write "$secrets/NEW" key >said
		else
			python3 "$HSXFS_TESTS/lib/errno.py" listdir "$secrets" >said
		fi
		has_message said "^$call ($wanted)$"
		hsxfs_unmount
	done
	kill "$background"
}

relay_address()
{
	grep -o '127[.]0[.]0[.]1:[0-9]*' relay-url
}

emulator=${api%/client/v4}
reach_relay --garbage EPROTO
reach_relay --half-headers 'EPROTO|ECONNREFUSED'
reach_relay --cut-after 60 'EPROTO|ECONNREFUSED'
reach_relay --close-after-request ECONNREFUSED
reach_relay --reset ECONNREFUSED
reach_relay --cut-request-after 60 ECONNREFUSED
reach_relay --stall-after 0 ETIMEDOUT
reach_relay --stall-after 40 ETIMEDOUT

# One cut only: what may be repeated is repeated, and ends well.
rm -f relay-url
hsxfs_background "$HSXFS_BUILD/hsxfs-relay" --listen 127.0.0.1:0 --to "${emulator#http://}" \
	--url-file relay-url --close-after-request --times 1
wait_until 5 has_a_line relay-url
config_write "$cloudflare.api = \"http://$(relay_address)/client/v4\""
hsxfs_mount -o deadline=5
expect_errno ok write "$secrets/AGAIN" key
expect_equal "$(value_of AGAIN)" key
hsxfs_unmount
