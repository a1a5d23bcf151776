#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 120
# 200 writers at once: what was acknowledged is there, and the last one acknowledged is on top.

. "$HSXFS_TESTS/lib/common.sh"

command=()
for kind in distinct one turns mixed unmount term kill; do
	printf '{"tokens": ["%s"], "accounts": {"%s": {"scripts": {"%s": {}}}}, "limits": {"variables": 1000}}\n' \
		"$token" "$account" "$production" >seed.json
	emulator_start seed.json
	config_write '.accounts.acct_demo.projects["acme-crm"].environments |= {production}'
	hsxfs_mount -o rm=free
	ls "$secrets" >/dev/null
	requests_clear
	delay=5
	mode=end
	case $kind in
	unmount) command=(fusermount3 -u -z "$mnt") ;;
	term) command=(kill -TERM "$daemon") ;;
	kill) command=(kill -KILL "$daemon") ;;
	*) mode=$kind ;;
	esac
	[ "$mode" != end ] || delay=300
	rule "{\"method\": \"[PD]*\", \"answer_delay_ms\": $delay, \"times\": -1}"
	python3 "$HSXFS_TESTS/model/writers.py" "$mode" "$secrets" "$admin" "$production" "${command[@]}"
	if [ "$mode" != end ]; then
		hsxfs_unmount
		continue
	fi
	ended=0
	wait "$daemon" || ended=$?
	[ "$kind" = kill ] || expect_equal "$ended" 0 "the daemon's status"
	hsxfs_check_log
	wait_until 5 eval '! is_mounted "$mnt"'
done
