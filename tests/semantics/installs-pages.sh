#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > The names come in pages of 1,000: the first are shown before the last have come, and nobody reads
#   further than one page ahead of whoever looks.
# > No file costs a request of its own.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# Five pages, the last of one portal.
plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments.production =
	{generate_installs: {count: 4001, first: 1000001, reauth_every: 10}}'
plane_config
hsxfs_mount
pages='/control-plane/*/production/installs'

cat >read_slowly.py <<'PYTHON'
import os
import subprocess
import sys
import time

directory, count = sys.argv[1], sys.argv[2:]


def pages():
    time.sleep(0.3)
    return subprocess.run(count, capture_output=True, text=True, check=True).stdout.strip()


names = []
with os.scandir(directory) as entries:
    for wanted in (1, 500, 1500, 2500):
        while len(names) < wanted:
            names.append(next(entries).name)
        print(wanted, "after", pages())
    names += [entry.name for entry in entries]
print(len(names), len(set(names)), names[0], names[-1], "after", pages())
PYTHON

cat >count_pages <<-END
	#!/bin/sh
	curl -sS -f -m 10 -G --data-urlencode 'path=$pages' '$admin/requests' | jq length
END
chmod +x count_pages

# Whoever is in page P has had at most P + 1 pages asked for.
expect_status 0 python3 read_slowly.py "$installs" ./count_pages
while read -r at _ asked; do
	[ "$asked" -ge $(((at + 999) / 1000)) ] || fail "$at names after $asked pages"
	[ "$asked" -le $(((at + 999) / 1000 + 1)) ] || fail "at name $at there were $asked pages"
done < <(head -n 4 output)
expect_equal "$(tail -n 1 output)" '4001 4001 1000001 1004001 after 5' 'the whole directory'
curl -sS -f -m 10 -G --data-urlencode "path=$pages" "$admin/requests" |
	jq -r '.[].query' >queries
expect_equal "$(grep -c 'limit=1000' queries)" 5 'pages of 1,000'

# No file costs a request, whether it is looked at, read or searched.
requests_clear
expect_output 400 bash -c 'grep -rl reauth_required "$1" | wc -l' . "$installs"
expect_output reauth_required jq -r .state "$installs/1000010"
expect_status 0 ls -l "$installs"
expect_equal "$(requests)" 0 'requests for 4,001 files'

# The first names come while the others are on their way, and who goes away asks for no more.
hsxfs_unmount
hsxfs_mount
requests_clear
rule "{\"path\": \"$pages\", \"skip\": 1, \"times\": -1, \"delay_ms\": 20000}"
cat >first.py <<'PYTHON'
import os
import sys

with os.scandir(sys.argv[1]) as entries:
    print([next(entries).name for _ in range(900)][899])
PYTHON
expect_within 2000 expect_output 1000900 python3 first.py "$installs"
[ "$(./count_pages)" -le 2 ] || fail "$(./count_pages) pages for 900 names"
rules_clear

# One name costs no more pages than there are before it.
hsxfs_unmount
hsxfs_mount
requests_clear
expect_output active jq -r .state "$installs/1001499"
[ "$(./count_pages)" -le 3 ] || fail "$(./count_pages) pages to find a name on the second"
hsxfs_unmount
