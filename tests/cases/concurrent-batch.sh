#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# With 300 ms a request, 100 writers of 100 names in one script need at most five requests.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear
rule '{"method": "*", "delay_ms": 300, "times": -1}'
cat >script <<'END'
	writers=()
	for number in {1..100}; do
		echo "value-$number" >"$1/N$number" &
		writers+=("$!")
	done
	for writer in "${writers[@]}"; do
		wait "$writer" || exit 1
	done
END
expect_within 5000 expect_status 0 bash script "$secrets"
expect_equal "$(cat errors)" "" "what the script said"
rules_clear
taken=$(requests)
[ "$taken" -le 5 ] || fail "$taken requests, not at most 5"
echo "100 writers, $taken requests"
expect_equal "$(curl -sS -m 10 "$admin/state" | jq -c --arg script "$production" \
	'[.accounts[].scripts[$script].secrets | to_entries[] | select(.key | startswith("N"))
		| select(.key[1:] == (.value | ltrimstr("value-")))] | length')" 100 "names with their values"
expect_equal "$(wc -l <"$mnt/.errors")" 0 "lines in .errors"
hsxfs_unmount
