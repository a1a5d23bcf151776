#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PLAIN-ONLY: the sanitizers want to be loaded before libfaketime
#
# > What was written is read at once, by everybody on the mount, until the snapshot has it, for at most
#   five minutes.
#
# A snapshot that never gets what was written: after five minutes it is believed again.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

library=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1)
[ -n "$library" ] || skip "libfaketime is not installed"

plane_start
plane_config
curl -sS -f -m 10 -X POST -d '{"sync": false}' "$admin/control-plane" >/dev/null
echo '+0' >clock
export FAKETIME_TIMESTAMP_FILE=$PWD/clock FAKETIME_NO_CACHE=1
export LD_PRELOAD=$library
# The library reads its file whenever the time is asked for, which the sandbox would not let it.
hsxfs_mount -o ttl=1,sandbox=off
unset LD_PRELOAD

echo disabled >"$flags/new-pricing"
echo enabled >"$flags/brand-new"
rm "$flags/new-checkout"
for jump in +0 +240; do
	echo "$jump" >clock
	sleep 1.2
	expect_output disabled jq -r .state "$flags/new-pricing"
	expect_output 'brand-new new-pricing ' bash -c "ls '$flags' | tr '\n' ' '"
done
echo +305 >clock
sleep 1.2
expect_output enabled jq -r .state "$flags/new-pricing"
expect_output 'new-checkout new-pricing ' bash -c "ls '$flags' | tr '\n' ' '"
hsxfs_unmount
