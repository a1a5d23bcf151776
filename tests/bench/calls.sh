#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Single calls of a program that is running already: what the file system itself costs.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/bench.sh"

default_seed | jq '.limits = {variables: 100000}' >seed.json
emulator_start seed.json
config_write
script=$api/accounts/$account/workers/scripts/$production
calls=$HSXFS_TESTS/bench/calls.py

# The disk below the state directory decides about the first row, and is in the second.
hsxfs_mount
ls "$secrets" >/dev/null
row 'write a secret, on one connection' us "$(python3 "$calls" write "$secrets/BENCH")" \
	"$(python3 "$calls" put "$script/secrets" "$token")" 'the PUT alone (floor)'
row 'write a secret, with the journal' us "$(python3 "$calls" write "$secrets/BENCH")" \
	"$(python3 "$calls" sync "$XDG_STATE_HOME/bench")" 'one line and fdatasync (floor)'
mkdir local
echo value >local/STRIPE_KEY
hsxfs_unmount

# Without a ttl the kernel asks each time.
hsxfs_mount -o ttl=1000
ls -l "$secrets" >/dev/null
row 'stat, the kernel knows it' us "$(python3 "$calls" stat "$secrets/STRIPE_KEY")" \
	"$(python3 "$calls" stat local/STRIPE_KEY)" 'the local disk (floor)'
row 'getattr of .status, which hsxfs answers' us "$(python3 "$calls" stat "$mnt/.status")" \
	"$(python3 "$calls" stat local/STRIPE_KEY)" 'the local disk (floor)'
hsxfs_unmount
