#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > If such a request is refused, its writes go singly, and each writer gets its own verdict.
# > A removal is never part of such a request.
# > A writer that is killed takes nothing from the others that share its request.
#
# Writes that wait for one Worker go together as one version; each writer gets its own verdict.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null

# methods: of the requests, in order.
methods()
{
	curl -sS -m 10 "$admin/requests" | jq -r 'map(.method) | join(" ")'
}

# write_all FROM TO: in the background at once; statuses go to status.N.
write_all()
{
	local number

	writers=()
	for ((number = $1; number <= $2; number++)); do
		(
			status=0
			(echo "value-$number" >"$secrets/W$number") 2>"said.$number" || status=$?
			echo "$status" >"status.$number"
		) &
		writers+=("$!")
	done
	wait "${writers[@]}"
}

# A hundred writers, 300 ms a request.
rule '{"method": "P*", "delay_ms": 300, "times": -1}'
requests_clear
write_all 1 100
expect_equal "$(cat status.* | sort | uniq -c | tr -d ' ')" 1000 "statuses of 100 writers"
[ "$(requests)" -le 5 ] || fail "$(requests) requests: $(methods)"
for number in {1..100}; do
	expect_equal "$(value_of "W$number")" "value-$number"
done

# A batch that is refused goes singly: the one at fault fails, the others do not.
rules_clear
rule '{"method": "PUT", "delay_ms": 500, "times": 1}'
rule '{"method": "PATCH", "status": 400, "code": 10100, "message": "too long", "times": -1}'
rule '{"method": "PUT", "contains": "\"W103\"", "status": 400, "code": 10100, "message": "too long", "times": -1}'
requests_clear
write_all 101 105
expect_equal "$(methods)" "PUT PATCH PUT PUT PUT PUT"
[ "$(cat status.10[1-5] | grep -vc '^0$')" -le 1 ] || fail "more than one writer failed"
if [ "$(cat status.103)" != 0 ]; then
	has_message "$secrets/.errors" '/W103",.*10100'
fi
for number in 101 102 104 105; do
	expect_equal "$(value_of "W$number")" "value-$number"
done

# Two values of one name are two requests, in the order they came; a removal goes alone.
rules_clear
rule '{"method": "*", "delay_ms": 400, "times": -1}'
requests_clear
writers=()
for step in 'echo first >"$1/BUSY"' 'echo second >"$1/SAME"' 'rm "$1/W1"' 'echo third >"$1/OTHER"'; do
	sh -c "$step" - "$secrets" &
	writers+=("$!")
	sleep 0.1
done
wait "${writers[@]}"
expect_equal "$(methods)" "PUT PUT DELETE PUT"
rules_clear

# A writer that is killed while its request runs takes nothing from those that share it.
rule '{"method": "*", "delay_ms": 600, "times": -1}'
sh -c 'echo zero >"$1/FIRST"' - "$secrets" &
writers=("$!")
sleep 0.1
sh -c 'echo one >"$1/SHARED1"' - "$secrets" &
killed=$!
sh -c 'echo two >"$1/SHARED2"' - "$secrets" &
writers+=("$!")
sleep 0.8
kill -KILL "$killed"
wait "$killed" || true
wait "${writers[@]}"
expect_equal "$(value_of SHARED2)" two
has_message "$secrets/.errors" '/SHARED1",.*outcome unknown'
rules_clear

hsxfs_unmount
