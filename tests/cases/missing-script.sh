#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A secret for a Worker that does not exist is ENOENT, and no Worker is ever made.
# > A directory whose backend says that there is no such thing (a Worker, a project) fails with ENXIO:
#   ENOENT would be taken for a directory that has vanished, and a backup would drop it.
#
# A Worker that does not exist is never made: the write fails and no PUT of a script is sent.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write '.accounts.acct_demo.projects["acme-crm"].environments.production.scripts = ["hsx-acct-demo-acme-crm-dealz"]'
hsxfs_mount

expect_failure bash -c "echo key > '$secrets/X'"
has_message errors 'No such file or directory'
expect_failure cp /etc/hostname "$secrets/X"
expect_failure ls "$secrets"
expect_errno 'listdir ENXIO' listdir "$secrets"
mkdir -p backup/production/secrets
echo kept >backup/production/secrets/OLD
expect_status 23 rsync -a --delete "$project/production/" backup/production/
expect_equal "$(cat backup/production/secrets/OLD)" kept 'the backup of a directory that could not be listed'
expect_failure rm "$secrets/STRIPE_KEY"
expect_status 0 ls "$project/staging/secrets"
has_message "$secrets/.errors" hsx-acct-demo-acme-crm-dealz

expect_equal "$(requests PUT '*/workers/scripts/hsx-acct-demo-acme-crm-dealz')" 0 "PUTs of a script"
expect_equal "$(curl -sS -f "$admin/state" | jq -r '.accounts[].scripts | keys | join(" ")')" \
	"$production $staging" "the scripts"
hsxfs_unmount
