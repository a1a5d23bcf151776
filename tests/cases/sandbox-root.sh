#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Where root mounts, the daemon gives up all capabilities; only where a `.dev.vars` file, or a directory on
#   the way to it, is another user's, it keeps CAP_CHOWN and CAP_DAC_OVERRIDE. The keeper keeps them all,
#   since it unmounts.
#
# Who may ask, who asked and whether he is dying is known all the same, and a `.dev.vars` file keeps its
# owner.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "this is for root"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"

cat >inside.sh <<'INSIDE'
# The build may lie where another user does not reach.
mount --bind "$PWD" /mnt
chmod 755 /mnt
cd /mnt
. "$HSXFS_TESTS/lib/common.sh"
other=(setpriv --reuid 23456 --regid 23456 --clear-groups)
dev_vars="$project/dev/secrets"

# capabilities PROCESS: inheritable, permitted, effective and ambient ones.
capabilities()
{
	awk '/^Cap(Inh|Prm|Eff|Amb):/ { sub(/^0*/, "", $2); printf "%s ", $2 == "" ? 0 : $2 }' "/proc/$1/status"
}

keeper()
{
	pgrep -P "$daemon" hsxfs-keeper
}

emulator_start
config_write
all=$(capabilities $$)
hsxfs_mount -o allow_other,umask=022
expect_equal "$(capabilities "$daemon")" '0 0 0 0 ' 'the capabilities of the daemon'
expect_equal "$(capabilities "$(keeper)")" "$all" 'the capabilities of the keeper'
expect_equal "$(jq -c .sandbox.capabilities "$mnt/.status")" '[]'

# Another user reads what he may, and what he writes is noted and refused.
expect_output ONLY_HERE "${other[@]}" sh -c 'ls "$1" | head -n 1' - "$secrets"
expect_failure "${other[@]}" sh -c 'echo key >"$1"' - "$secrets/NEW"
has_message errors 'Permission denied'
# Root writes; the program is known, which only the keeper can find out.
expect_status 0 bash -c 'echo key >"$1"' - "$secrets/NEW"
expect_equal "$(value_of NEW)" key
expect_equal "$(jq -r 'select(.kind == "intent").program' "$journal" | tail -n 1)" "$(realpath "$BASH")" program
# A caller that dies, of another user too, sends nothing.
rule '{"method": "PUT", "path": "*", "delay_ms": 3000}'
bash -c 'echo key >"$1"' - "$secrets/LATE" &
writer=$!
wait_until 2 eval '[ "$(requests PUT)" -gt 1 ]'
kill -KILL "$writer"
wait "$writer" || true
rules_clear
expect_status 0 bash -c 'echo key >"$1"' - "$dev_vars/NEW"
has_message dev/.dev.vars '^NEW='
kill -TERM "$daemon"
not_mounted()
{
	! is_mounted "$mnt"
}
wait_until 5 not_mounted
wait "$daemon"
hsxfs_check_log

# Another user's file in his own directory, closed to others; and root's file in such a directory.
chown -R 23456:23456 dev
chmod 700 dev
chmod 600 dev/.dev.vars
for owner in 23456 0; do
	chown "$owner:$owner" dev/.dev.vars
	hsxfs_mount
	expect_equal "$(jq -c .sandbox.capabilities "$mnt/.status")" '["CAP_CHOWN","CAP_DAC_OVERRIDE"]'
	expect_equal "$(capabilities "$daemon")" '0 3 3 0 ' 'the capabilities of the daemon'
	expect_status 0 bash -c 'echo key >"$1"' - "$dev_vars/OF_$owner"
	has_message dev/.dev.vars "^OF_$owner="
	expect_equal "$(stat -c '%u:%g %a' dev/.dev.vars)" "$owner:$owner 600" 'the owner and mode'
	hsxfs_unmount
done
INSIDE
unshare -m --propagation private bash inside.sh
