#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A name server that never answers holds up only what needs the name.

. "$HSXFS_TESTS/lib/common.sh"

unshare -m -n true 2>/dev/null || skip "unshare -m -n is not allowed here"

cat >inside.sh <<'END'
. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/two_accounts.sh"

stall_ms=20000
at_once=$((stall_ms / 10))

printf 'nameserver 127.0.0.1\noptions timeout:%s attempts:2\n' $((stall_ms / 1000)) >resolv.conf
printf 'hosts: files dns\n' >nsswitch.conf
touch /etc/resolv.conf
mount --bind resolv.conf "$(realpath /etc/resolv.conf)"
mount --bind nsswitch.conf /etc/nsswitch.conf
hsxfs_background python3 "$HSXFS_TESTS/lib/silent_name_server.py" questions
wait_until 5 test -e questions

two_accounts_seed >two.json
emulator_start two.json
other_api=$api
api=https://api.example.com/client/v4
config_write_two "$other_api"
hsxfs_mount -o deadline=30

ls "$secrets" >listing 2>&1 &
waiting=$!
wait_until 10 test -s questions
expect_within "$at_once" expect_output OTHER ls "$other_secrets"
expect_within "$at_once" bash -c "echo new > '$other_secrets/NEW'"
expect_within "$at_once" cat "$mnt/.status" >status.json
kill -0 "$waiting" || fail "the listing that needs the name did not wait"
kill -KILL "$waiting"

# Nor does it hold up the end: the first signal unmounts, the second does not wait for the listing.
kill -TERM "$daemon"
not_mounted()
{
	! is_mounted "$mnt"
}
wait_until 2 not_mounted
kill -INT "$daemon" 2>/dev/null || true
expect_within "$at_once" wait "$daemon"
hsxfs_check_log
END
unshare -m -n --propagation private bash inside.sh
