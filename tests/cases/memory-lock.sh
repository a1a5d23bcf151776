#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
#
# > That memory takes 8 MiB, all that an ordinary user may lock on many systems; where `ulimit -l` is
#   less, down to 0, a warning when mounting and `memory_locked` in `.status` say so, values are wiped
#   all the same, and nothing fails for it.
# > For libcurl's copies it is enough for some 20 requests at once; beyond that they are wiped, but not
#   locked, nothing fails for it, and `unlocked_blocks` in `.status` counts them.

. "$HSXFS_TESTS/lib/common.sh"

sanitized=false
! grep -qF __asan_init "$HSXFS_BUILD/hsxfs" || sanitized=true

# ---- less than it takes ----

cat >limited.sh <<'SCRIPT'
. "$HSXFS_TESTS/lib/common.sh"

warnings()
{
	grep -c '^hsxfs: warning: .*could not be locked (ulimit -l)' "$log" || true
}

emulator_start
config_write
hsxfs_expect_log 'could not be locked'
# 7950 is enough but for the buffer that requests are read into.
for kilobytes in 8192 7950 64 0; do
	ulimit -S -l "$kilobytes"
	: >"$log"
	hsxfs_mount -o rm=free
	enough=true
	warned=0
	# AddressSanitizer makes mlock(2) do nothing.
	if [ "$kilobytes" -lt 8192 ] && ! $sanitized; then
		enough=false
		warned=1
	fi
	expect_equal "$(jq .memory_locked "$mnt/.status")" "$enough" "memory_locked with $kilobytes KiB"
	expect_equal "$(warnings)" "$warned" "warnings with $kilobytes KiB"
	expect_output "$(names_of | tr ' ' '\n')" ls "$secrets"
	rule '{"method": "PUT", "path": "*", "delay_ms": 100, "times": 3}'
	writers=()
	for writer in {1..30}; do
		(echo "value $kilobytes" >"$secrets/NEW_$writer") &
		writers+=($!)
	done
	for writer in "${writers[@]}"; do
		wait "$writer" || fail "a write failed with $kilobytes KiB"
	done
	rules_clear
	expect_equal "$(value_of NEW_30)" "value $kilobytes"
	head -c 5000 /dev/zero | tr '\0' x >large
	expect_status 0 cp large "$secrets/LARGE"
	expect_status 0 bash -c 'echo key >"$1"' - "$project/dev/secrets/NEW"
	kill -HUP "$daemon"
	expect_status 0 ls "$secrets"
	if [ "$kilobytes" = 0 ] && [ "$(id -u)" = 0 ] && ! $sanitized; then
		keeper=$(pgrep -P "$daemon" hsxfs-keeper)
		for way in write close rename; do
			expect_status 0 python3 "$HSXFS_TESTS/lib/memory.py" write 3 "$secrets" "$way" "$daemon" "$keeper"
			expect_equal "$(grep . output)" '3 values' "what is left of values with $kilobytes KiB"
		done
		expect_status 0 python3 "$HSXFS_TESTS/lib/memory.py" find token "$daemon"
		expect_equal "$(awk '{print $3, $4}' output)" 'unlocked raw' "where the token is with $kilobytes KiB"
	fi
	hsxfs_unmount
done
SCRIPT
export sanitized
[ "$(ulimit -H -l)" = unlimited ] || [ "$(ulimit -H -l)" -ge 8192 ] || skip "ulimit -l is less than 8 MiB here"
# Root may lock more than its limit, but for this.
without=()
[ "$(id -u)" != 0 ] || without=(setpriv --bounding-set -ipc_lock)
mkdir limited
(cd limited && "${without[@]}" bash ../limited.sh)

# ---- more at once than it is enough for ----

projects=60
# shellcheck disable=SC2016 # jq variables
default_seed | jq --argjson projects "$projects" --arg account "$account" \
	'.accounts[$account].scripts = ([range($projects) | {key: "script-\(.)", value: {secrets: {"OF_\(.)": "x"}}}] | from_entries)' \
	>seed.json
emulator_start seed.json
# shellcheck disable=SC2016 # jq variables
config_write '.accounts.acct_demo.projects = ([range($projects) | {key: "p\(.)", value:
	{workers: ["deals"], environments: {production: {scripts: ["script-\(.)"]}}}}] | from_entries)' \
	--argjson projects "$projects"
hsxfs_mount
one()
{
	ls "$mnt/acct_demo/p$1/production/secrets" >"listed.$1" || touch failed
}
one 0
expect_equal "$(jq .unlocked_blocks "$mnt/.status")" 0 "blocks that are not locked, of one request"
rule '{"method": "GET", "path": "*", "delay_ms": 300, "times": -1}'
for project in $(seq 1 $((projects - 1))); do
	one "$project" &
	listers[project]=$!
done
wait "${listers[@]}"
rules_clear
[ ! -e failed ] || fail "a listing failed"
for project in $(seq 0 $((projects - 1))); do
	expect_equal "$(cat "listed.$project")" "OF_$project"
done
blocks=$(jq .unlocked_blocks "$mnt/.status")
echo "$projects requests: $blocks blocks that are not locked"
$sanitized || [ "$blocks" -gt 0 ] || fail "$projects requests at once were no more than it takes"
# Wiped: the token is in the arena, and nowhere else.
if [ "$(id -u)" = 0 ] && ! $sanitized; then
	expect_status 0 python3 "$HSXFS_TESTS/lib/memory.py" find token "$daemon"
	expect_equal "$(awk '{print $3, $4}' output)" 'locked raw' 'where the token is'
fi
hsxfs_unmount
