#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A secret for a Worker that does not exist is ENOENT, and no Worker is ever made.
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
expect_failure rm "$secrets/STRIPE_KEY"
expect_status 0 ls "$project/staging/secrets"
has_message "$secrets/.errors" hsx-acct-demo-acme-crm-dealz

expect_equal "$(requests PUT '*/workers/scripts/hsx-acct-demo-acme-crm-dealz')" 0 "PUTs of a script"
expect_equal "$(curl -sS -f "$admin/state" | jq -r '.accounts[].scripts | keys | join(" ")')" \
	"$production $staging" "the scripts"
hsxfs_unmount
