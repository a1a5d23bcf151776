#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The kernel closes nothing of what is open, and answers nobody who waits, when the daemon is told
# to end twice or is unmounted at once: it ends well all the same, and has lost nothing where somebody
# looks, which are the sanitizers, and the case valgrind.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments |=
	(.production += {generate_installs: {count: 9000, first: 1000001, reauth_every: 10}})'
plane_config

ended_well()
{
	local status=0

	wait "$daemon" || status=$?
	expect_equal "$status" 0 "$1: the daemon's status"
	hsxfs_check_log
}

cat >hold.py <<'PYTHON'
import os
import sys
import threading
import time

mount, secrets, installs, flags, routes = sys.argv[1:]


def wait_in(call, argument):
    try:
        call(argument)
    except OSError:
        pass


held = [os.open(path, os.O_RDONLY) for path in (mount, secrets, installs, flags, routes)]
held += [os.open(mount + "/" + name, os.O_RDONLY) for name in (".status", ".errors", ".audit")]
for path, name in ((secrets, "STRIPE_KEY"), (flags, "new-pricing"), (routes, "active"), (installs, "1000001")):
    held.append(os.open(path + "/" + name, os.O_RDONLY))
held.append(os.open(secrets + "/HELD", os.O_WRONLY | os.O_CREAT))
held.append(os.open(secrets + "/.held.XX1", os.O_WRONLY | os.O_CREAT))
# One reads an edition of the installs that another has replaced since.
former = os.scandir(installs)
next(former)
time.sleep(0.6)
current = os.scandir(installs)
next(current)
open("held", "w").close()
while not os.path.exists("hang"):
    time.sleep(0.02)
threading.Thread(target=wait_in, args=(list, former), daemon=True).start()
time.sleep(0.3)
open("waiting", "w").close()
time.sleep(60)
PYTHON

# Pages are read as they are wanted, which some of the nine are.
hsxfs_mount -o ttl=0.5,deadline=60
hsxfs_background python3 hold.py "$mnt" "$secrets" "$installs" "$flags" "$routes"
wait_until 30 test -e held
rule '{"method": "GET", "path": "*installs*", "hang": true, "times": -1}'
touch hang
wait_until 30 test -e waiting
curl -sS -f -m 10 "$admin/requests" | jq 'map(select(.status == null))' >hung
[ "$(jq length hung)" = 1 ] || fail 'nobody waits for a page'
kill -TERM "$daemon"
sleep 0.3
kill -TERM "$daemon" 2>/dev/null || true
ended_well 'told twice to end'
rules_clear

for directory in "$secrets" "$flags" "$routes" "$mnt"; do
	hsxfs_mount
	ls "$directory" >/dev/null
	fusermount3 -u -z "$mnt"
	ended_well "unmounted after ls of $directory"
done
hsxfs_mount
expect_status 0 bash -c '(ls -U "$1" || true) 2>/dev/null | head -n 1' . "$installs"
fusermount3 -u -z "$mnt"
ended_well 'unmounted in the middle of a listing'
