#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Where one account's API hangs, other accounts, and what is known, answer as ever.
#
# While one server is stuck and 60 writers wait for it, another project answers at once.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/two_accounts.sh"

stall_ms=20000
at_once=$((stall_ms / 10))

two_accounts_seed >two.json
emulator_start two.json
stuck_admin=$admin
stuck_api=$api
emulator_start two.json
other_api=$api
api=$stuck_api
admin=$stuck_admin
config_write_two "$other_api"
hsxfs_mount -o deadline=30
ls "$secrets" "$project/staging/secrets" >/dev/null

# write_60 DIRECTORY: in the background; sets writers.
write_60()
{
	writers=()
	for number in {1..60}; do
		(echo "v$number" >"$1/W$number") 2>>said &
		writers+=("$!")
	done
}

end_writers()
{
	local writer

	for writer in "${writers[@]}"; do
		wait "$writer" || true
	done
}

# Only the writes are stuck: the other account and the account's other Worker go on.
rule "{\"method\": \"P*\", \"path\": \"*/$production/*\", \"delay_ms\": $stall_ms, \"times\": -1}"
write_60 "$secrets"
wait_until 10 eval '[ "$(requests "P*")" -ge 1 ]'
sleep 0.3
expect_within "$at_once" expect_output OTHER ls "$other_secrets"
expect_within "$at_once" ls -l "$project/staging/secrets" >/dev/null
expect_within "$at_once" bash -c "echo new > '$other_secrets/NEW'"
expect_within "$at_once" bash -c "echo new > '$project/staging/secrets/NEW'"
expect_within "$at_once" cat "$mnt/.status" >status.json
expect_equal "$(value_of NEW "$staging")" new
rules_clear
end_writers
for number in {1..60}; do
	expect_equal "$(value_of "W$number")" "v$number"
done
hsxfs_unmount

# Everything there is stuck, the listing too.
rule "{\"method\": \"*\", \"delay_ms\": $stall_ms, \"times\": -1}"
hsxfs_mount -o deadline=30
write_60 "$secrets"
sleep 0.3
expect_within "$at_once" expect_status 0 ls "$other_secrets"
expect_within "$at_once" ls "$mnt/acct_demo" >/dev/null
expect_within "$at_once" cat "$mnt/.status" >status.json
rules_clear
end_writers
hsxfs_unmount
