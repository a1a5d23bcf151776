#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 120
# 1,000 random operations of eight processes with random faults leave what a model says.

. "$HSXFS_TESTS/lib/common.sh"

printf '{"tokens": ["%s"], "accounts": {"%s": {"scripts": {"%s": {"secrets": {}}}}}}\n' \
	"$token" "$account" "$production" >seed.json
emulator_start seed.json
config_write '.accounts.acct_demo.projects["acme-crm"].environments |= {production}'
hsxfs_mount -o deadline=1,ttl=1,rm=free
python3 "$HSXFS_TESTS/model/model.py" "$secrets" "$admin" "$production" | tee said
tail -n 1 said | sed "s|^|model: |" >summary
rules_clear
expect_status 0 ls "$secrets"
hsxfs_unmount
