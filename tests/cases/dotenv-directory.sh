#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A `.dev.vars` file that does not exist is an empty `secrets/`, and a write makes it; where its directory does
#   not exist, mounting warns, a listing fails with ENXIO, and a write is ENOENT: make the directory, and mount
#   again.
#
# A configured .dev.vars file of which there is nothing yet.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
dev=$project/dev/secrets
rm dev/.dev.vars
hsxfs_mount
expect_output '' ls -A "$dev"
expect_errno ok write "$dev/FIRST" value
has_message dev/.dev.vars '^FIRST='
hsxfs_unmount

rm -r dev
hsxfs_expect_log 'warning: accounts.acct_demo.projects.acme-crm.environments.dev.dotenv: cannot open the directory .*/dev: No such file'
hsxfs_mount
grep -c 'warning' "$log" >lines || true
expect_equal "$(cat lines)" 1 "warnings"
has_message "$log" 'warning: accounts.acct_demo.projects.acme-crm.environments.dev.dotenv: .*make the directory, then mount again'
for _ in 1 2; do
	expect_errno 'listdir ENXIO' listdir "$dev"
	expect_errno 'open ENOENT' write "$dev/NEW" value
	expect_errno 'stat ENOENT' stat "$dev/NEW"
	grep '"list"' "$mnt/.errors" | tail -n 1 >last
	has_message last '"errno":"ENXIO".*the directory .*/dev: No such file.*"advice":".*then mount again'
	grep '"create"\|"open"' "$mnt/.errors" | tail -n 1 >last
	has_message last '"errno":"ENOENT".*the directory .*/dev: No such file.*"advice":".*then mount again'
done
# The other environments are as they were.
expect_status 0 ls "$secrets"
# Made now, it is out of reach where there is a sandbox of files, and that is said.
mkdir dev
if [ "$(jq .sandbox.landlock "$mnt/.status")" != false ]; then
	sleep 1.1
	expect_errno 'listdir EIO' listdir "$dev"
	grep '"list"' "$mnt/.errors" | tail -n 1 >last
	has_message last '"errno":"EIO".*Permission denied.*"advice":".*since hsxfs mounted is out of its reach: mount again'
fi
hsxfs_unmount
hsxfs_mount
expect_output '' ls -A "$dev"
expect_errno ok write "$dev/FIRST" value
hsxfs_unmount
