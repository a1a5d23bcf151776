#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > libcurl repeats a request of which a kept connection was closed before the answer; a removal
#   that was repeated and then is "no such secret" (10056) has succeeded.
#
# A connection that was kept and is closed under the second request, after the API took it: libcurl
# sends it again by itself.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
emulator=${api%/client/v4}

# behind_relay: a mount whose API closes once, under the second request of a connection.
behind_relay()
{
	rm -f relay-url
	hsxfs_background "$HSXFS_BUILD/hsxfs-relay" --listen 127.0.0.1:0 --to "${emulator#http://}" \
		--url-file relay-url --close-after-request --on-request 2 --times 1
	wait_until 5 has_a_line relay-url
	config_write ".accounts.acct_demo.cloudflare.api = \"http://$(grep -o '127[.]0[.]0[.]1:[0-9]*' relay-url)/client/v4\""
	hsxfs_mount
	ls "$secrets" >/dev/null
	requests_clear
}

behind_relay
expect_errno ok write "$secrets/TWICE" value
expect_equal "$(requests PUT)" 2 PUTs
expect_equal "$(value_of TWICE)" value
hsxfs_unmount

behind_relay
expect_errno ok unlink "$secrets/TWICE"
expect_equal "$(requests DELETE)" 2 DELETEs
expect_equal "$(value_of TWICE || echo none)" none
hsxfs_unmount
