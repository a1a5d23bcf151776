#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A change by a mount is seen by that mount at once, without a request.
# > A change by somebody else is seen within `ttl`, 30 s if not set; in a `.dev.vars` file within 1
#   s.
# > With `-o ttl=0` every look but at installs asks, and is right.
# > SIGHUP drops all listings: the next listing of a directory is new.
# > SIGHUP does not reach what the kernel has looked up: a name that is gone is still found by
#   stat(2) until `ttl` is over.
# > A secret that somebody else removed within `ttl` is still listed; `rm` of it is ENOENT, and then
#   it is gone from the listing; a write sets it anew.
#
# When a change is seen, by whom.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/elsewhere.sh"

emulator_start
config_write
hsxfs_mount -o ttl=2
ls -l "$secrets" >/dev/null
requests_clear

# One's own.
echo value >"$secrets/OWN"
expect_status 0 test -e "$secrets/OWN"
expect_output 'hsxfs: write-only secret OWN' cat "$secrets/OWN"
rm "$secrets/OWN"
expect_status 1 test -e "$secrets/OWN"
# Also what an open directory still shows.
echo value >"$secrets/OWN"
expect_output 'True False' python3 -c 'import os, sys
directory = os.open(sys.argv[1], os.O_RDONLY)
name = os.path.join(sys.argv[1], "OWN")
os.unlink(name)
print("OWN" in os.listdir(directory), os.path.exists(name))' "$secrets"
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
expect_equal "$(requests GET)" 0 listings

# Somebody else's: a removal leaves a name that is listed, and gone when it is meant.
kill -HUP "$daemon"
expect_status 0 ls "$secrets"
set_elsewhere ADDED
unset_elsewhere ONLY_HERE
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
expect_errno 'unlink ENOENT' unlink "$secrets/ONLY_HERE"
expect_output $'RESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
unset_elsewhere STRIPE_KEY
expect_errno ok write "$secrets/STRIPE_KEY" anew
expect_equal "$(value_of STRIPE_KEY)" anew
sleep 2
expect_output $'ADDED\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"

hsxfs_unmount

# SIGHUP asks anew; the kernel goes on believing what it has looked up.
hsxfs_mount -o ttl=3
ls -l "$secrets" >/dev/null
expect_status 1 test -e "$secrets/LATER"
set_elsewhere LATER
unset_elsewhere ADDED
kill -HUP "$daemon"
sleep 0.1
expect_output $'LATER\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
expect_status 0 test -e "$secrets/ADDED"
sleep 3
expect_status 0 test -e "$secrets/LATER"
expect_status 1 test -e "$secrets/ADDED"
hsxfs_unmount

# Without any memory.
hsxfs_mount -o ttl=0
for round in 1 2 3; do
	expect_status 1 test -e "$secrets/ROUND$round"
	set_elsewhere "ROUND$round"
	expect_status 0 test -e "$secrets/ROUND$round"
	unset_elsewhere "ROUND$round"
	expect_status 1 test -e "$secrets/ROUND$round"
	expect_output $'LATER\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
done
hsxfs_unmount
