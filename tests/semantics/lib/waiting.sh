# shellcheck shell=bash disable=SC2154 # variables of common.sh
# SPDX-License-Identifier: MIT
#
# Sourced after common.sh: processes that wait for a request, and what ends them.

# start_waiting COMMAND...: in the background, with every signal's default; sets waiting.
start_waiting()
{
	env --default-signal "$@" >said 2>&1 &
	waiting=$!
	hsxfs_processes+=("$waiting")
}

# wait_for_requests COUNT [METHOD]: until so many have come.
wait_for_requests()
{
	wait_until 10 has_requests "$@"
}

has_requests()
{
	[ "$(requests "${2:-P*}")" -ge "$1" ]
}

# end_waiting SIGNAL MILLISECONDS [PROCESS]: it has to be gone in that time, by that signal.
end_waiting()
{
	local process=${3:-$waiting} status=0 number

	number=$(kill -l "$1")
	kill "-$1" "$process"
	expect_within "$2" wait "$process" || status=$?
	expect_equal "$status" $((128 + number)) "how it ended by $1"
}
