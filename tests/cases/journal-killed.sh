#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
#
# kill -9 at 200 random moments while values are written (or at HSXFS_KILLS moments).
#
# > After `kill -9` of the daemon the journal verifies at the next mount; every acknowledged change has
#   its outcome in it, and one without is noted as `unknown`, and is in `.errors`.

. "$HSXFS_TESTS/lib/common.sh"

kills=${HSXFS_KILLS:-200}

default_seed | jq '.limits = {variables: 100000}' >seed.json
emulator_start seed.json
config_write
rule '{"method": "PUT", "delay_ms": 15, "times": -1}'
mkdir -p "$mnt"
hsxfs_mounts+=("$mnt")

write_until_it_ends()
{
	local number=0

	while number=$((number + 1)); do
		if printf 'round-%s-%s\n' "$1" "$number" >"$secrets/W_${1}_$number"; then
			echo "W_${1}_$number"
		elif ! [ -e "$secrets" ]; then
			return
		fi
	done 2>/dev/null
}

not_mounted()
{
	! is_mounted "$mnt"
}

for ((round = 1; round <= kills; round++)); do
	"$HSXFS_BUILD/hsxfs" -f "$config" "$mnt" >>"$log" 2>&1 &
	daemon=$!
	wait_until 20 mounted_or_dead
	is_mounted "$mnt" || fail "not mounted: $(tail -n 3 "$log")"
	write_until_it_ends "$round" >>acknowledged &
	writer=$!
	sleep "0.0$((RANDOM % 90 + 10))"
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null || true
	wait_until 10 not_mounted
	kill "$writer" 2>/dev/null || true
	wait "$writer" 2>/dev/null || true
done

hsxfs_mount
expect_status 0 "$HSXFS_BUILD/hsxfs" --verify-audit "$journal"
jq -r 'select(.kind == "intent") | "\(.id) \(.path)"' "$journal" | sort >intents
jq -r 'select(.kind == "outcome" and .outcome == "OK") | .id' "$journal" | sort >good
jq -r 'select(.kind == "outcome") | .id' "$journal" | sort >outcomes
jq -r 'select(.kind == "unknown") | .id' "$journal" | sort >unknown
join good intents | sed 's|.*/||' | sort >noted

[ "$(wc -l <acknowledged)" -gt "$kills" ] || fail "only $(wc -l <acknowledged) writes were acknowledged"
expect_equal "$(sort acknowledged | comm -23 - noted)" '' 'acknowledged writes without a good end'
expect_equal "$(cut -d ' ' -f 1 intents | sort | comm -23 - <(sort outcomes unknown))" '' \
	'intents without any end'
[ "$(wc -l <unknown)" -gt 0 ] || fail 'no kill met a write on its way'
expect_equal "$(comm -12 outcomes unknown)" '' 'intents with two ends'
expect_equal "$(find "$XDG_STATE_HOME/hsxfs" -name 'mount-*' | wc -l)" 1 'locks of mounts'
echo "journal-killed: $kills kills, $(wc -l <intents) writes, $(wc -l <unknown) of unknown end" >summary

# The one that the last kill cut off is said at the next mount.
rules_clear
rule '{"method": "PUT", "hang": true}'
(echo cut-off >"$secrets/CUT_OFF") 2>/dev/null &
writer=$!
has_intent()
{
	grep -q '/CUT_OFF"' "$journal"
}
wait_until 10 has_intent
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true
wait_until 10 not_mounted
wait "$writer" 2>/dev/null || true
hsxfs_mount
expect_equal "$(jq -r 'select(.path | endswith("/CUT_OFF")) | .message' "$mnt/.errors")" \
	'an earlier mount ended before the answer came: outcome unknown' '.errors at the next mount'
hsxfs_unmount
