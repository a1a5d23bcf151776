#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 120
# 200 writers at once: what was acknowledged is there, and the last one acknowledged is on top.

. "$HSXFS_TESTS/lib/common.sh"

for kind in distinct one turns mixed unmount; do
	printf '{"tokens": ["%s"], "accounts": {"%s": {"scripts": {"%s": {}}}}, "limits": {"variables": 1000}}\n' \
		"$token" "$account" "$production" >seed.json
	emulator_start seed.json
	config_write '.accounts.acct_demo.projects["acme-crm"].environments |= {production}'
	hsxfs_mount -o rm=free
	ls "$secrets" >/dev/null
	requests_clear
	rule '{"method": "[PD]*", "answer_delay_ms": 5, "times": -1}'
	python3 "$HSXFS_TESTS/model/writers.py" "$kind" "$secrets" "$admin" "$production" \
		fusermount3 -u -z "$mnt"
	if [ "$kind" = unmount ]; then
		ended=0
		wait "$daemon" || ended=$?
		expect_equal "$ended" 0 "the daemon's status"
		hsxfs_check_log
	else
		hsxfs_unmount
	fi
done
