#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > If a page cannot be had, reading the directory fails, after the names that came.
#
# So that no backup takes the portals of the others for deleted.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments.production =
	{generate_installs: {count: 3500, first: 1000001}}'
plane_config
hsxfs_mount -o ttl=1
cat >names.py <<'PYTHON'
import errno
import os
import sys

names = []
try:
    with os.scandir(sys.argv[1]) as entries:
        for entry in entries:
            names.append(entry.name)
    end = "ok"
except OSError as error:
    end = errno.errorcode[error.errno]
print(len(names), end)
PYTHON

expect_output '3500 ok' python3 names.py "$installs"
expect_status 0 rsync -a "$installs/" backup/
expect_output 3500 bash -c 'ls backup | wc -l'

# The first two pages come, and the third is answered by the rule.
third='"path": "*/production/installs", "skip": 2, "times": -1'
with_rule()
{
	local rule=$1

	shift
	rules_clear
	rule "$rule"
	"$@"
}

# fails_with ERRNO RULE: so does whoever looks, after what came of the pages before.
fails_with()
{
	sleep 1.1
	with_rule "$2" expect_output "2000 $1" python3 names.py "$installs"
	last_error "\"list\".*\"$1\""
	with_rule "$2" expect_failure ls "$installs"
	expect_equal "$(wc -l <output)" 2000 'the names of a failed ls'
	with_rule "$2" expect_status 23 rsync -a --delete "$installs/" backup/
	expect_equal "$(find backup -type f | wc -l)" 3500 'the backup'
}

sleep 1.1
with_rule "{$third, \"status\": 500}" expect_output '2000 EIO' python3 names.py "$installs"
fails_with EPERM "{$third, \"status\": 403}"
fails_with EPROTO "{$third, \"status\": 200, \"raw\": \"{\"}"
fails_with EINVAL "{$third, \"status\": 400}"
rules_clear
expect_output '3500 ok' python3 names.py "$installs"
expect_status 0 rsync -a --delete "$installs/" backup/
hsxfs_unmount
