# shellcheck shell=bash disable=SC2154 # variables of common.sh
# SPDX-License-Identifier: MIT
#
# Sourced after common.sh by tests/bench/*.sh, which have a directory of their own and write their rows
# into the file `rows' there.

# row WHAT UNIT HSXFS OTHER OTHER-IS: the ratio says how many times as much as hsxfs the other takes.
row()
{
	awk -v what="$1" -v unit="$2" -v ours="$3" -v other="$4" -v is="$5" 'BEGIN {
		printf "%-46s %9.5g %-2s %9.5g %-2s %8.2fx  %s\n", what, ours, unit, other, unit,
			(ours > 0) ? other / ours : 0, is }' >>rows
}

# milliseconds FILE N: the median of the N-th command of a hyperfine run.
milliseconds()
{
	jq ".results[$2].median * 1000" "$1"
}

# compare WHAT OTHER-IS COMMAND OTHER [HYPERFINE-ARGUMENT...]: both are one command of sh.
compare()
{
	local what=$1 is=$2 ours=$3 other=$4

	shift 4
	hyperfine --style none --export-json times.json "$@" "$ours" "$other"
	row "$what" ms "$(milliseconds times.json 0)" "$(milliseconds times.json 1)" "$is"
}

# memory FIELD: of the daemon, in KiB.
memory()
{
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$daemon/status"
}

# for_wrangler: what wrangler reads; its first start, which fills its caches, is over then.
for_wrangler()
{
	export CLOUDFLARE_API_BASE_URL=$api CLOUDFLARE_API_TOKEN=$token CLOUDFLARE_ACCOUNT_ID=$account
	"$HSXFS_TESTS/clients/wrangler.sh" secret list --name "$production" >/dev/null
}
