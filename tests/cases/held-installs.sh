#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
#
# Directories of a hundred thousand portals that stay open while the list is read anew, again and
# again: each is read to its end as it was, and all of them take little memory.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

count=100000
rounds=6
plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments.production =
	{generate_installs: {count: 100000, first: 1000001, reauth_every: 10}}'
plane_config

# memory FIELD: of the daemon, in KiB.
memory()
{
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$daemon/status"
}

# Reads some names, and the others when the file `go' is there.
cat >hold.py <<'PYTHON'
import os
import sys
import time

directory, told = sys.argv[1:]
with os.scandir(directory) as entries:
    names = [next(entries).name for _ in range(500)]
    open(told, "w").close()
    while not os.path.exists("go"):
        time.sleep(0.1)
    names += [entry.name for entry in entries]
print(len(names), len(set(names)))
PYTHON

hsxfs_mount -o ttl=600
before=$(memory VmRSS)
readers=()
for ((round = 1; round <= rounds; round++)); do
	python3 hold.py "$installs" "held-$round" >"names-$round" &
	readers+=($!)
	hsxfs_processes+=($!)
	wait_until 30 test -e "held-$round"
	# Whole in half of the rounds, else as far as the reader is.
	[ $((round % 2)) = 0 ] || expect_output "$count" bash -c 'ls -U "$1" | wc -l' . "$installs"
	kill -HUP "$daemon"
	sleep 0.2
	echo "round $round: $((($(memory VmRSS) - before) / 1024)) MiB more"
done
touch go
for reader in "${readers[@]}"; do
	wait "$reader"
done
for ((round = 1; round <= rounds; round++)); do
	expect_equal "$(cat "names-$round")" "$count $count" "the names of reader $round"
done
peak=$(($(memory VmHWM) - before))
echo "$((peak / 1024)) MiB more at the most"

# The sanitizers keep what was freed, and shadow what is there.
if ! grep -qF __asan_init "$HSXFS_BUILD/hsxfs"; then
	[ "$peak" -lt 65536 ] || fail "$peak KiB more memory for $rounds open directories"
fi
hsxfs_unmount
