#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
# What each tool of tests/tools/ does to a secret: set once, a clear refusal, or nothing.

. "$HSXFS_TESTS/lib/common.sh"

table=$PWD/table
: >"$table"
scripts="{\"$production\": {\"secrets\": {\"OLD\": \"old\"}}}"
echo "{\"tokens\": [\"$token\"], \"accounts\": {\"$account\": {\"scripts\": $scripts}}}" >seed.json
emulator_start seed.json
config_write '.accounts.acct_demo.projects["acme-crm"].environments |= {production}'
hsxfs_mount -o rm=free

failed=()
skipped=()
for file in "$HSXFS_TESTS"/tools/tool-*.sh; do
	tool=$(basename "$file" .sh)
	tool=${tool#tool-}
	mkdir -p "$tool"
	# Not as a condition, which would switch `set -e' off in there.
	set +e
	(
		set -e
		cd "$tool"
		export HOME=$PWD
		. "$HSXFS_TESTS/tools/tool.sh"
		. "$file"
	) >"$tool.log" 2>&1
	status=$?
	set -e
	case $status in
	0) ;;
	77) skipped+=("$tool") ;;
	*)
		failed+=("$tool")
		printf '%-14s FAILED\n' "$tool" >>"$table"
		sed "s/^/$tool: /" "$tool.log"
		;;
	esac
done
hsxfs_unmount

printf '%-14s %-30s %-36s %s\n' TOOL COMMAND OUTCOME REQUESTS
cat "$table"
echo "$(grep -c ' set once' "$table") set once, $(grep -c ' refused' "$table") refused," \
	"$(grep -c ' nothing to do' "$table") change nothing; not installed: ${skipped[*]:-none}"

# One line a tool: how many of its ways end how.
count_outcomes()
{
	awk '{
		tool = $1
		line = substr($0, 47, 37)
		outcome = line ~ /^set once|key set once/ ? "set once" : line ~ /^removed/ ? "removed, set" : \
			line ~ /^refused/ ? "refused" : line ~ /^nothing/ ? "no change" : \
			line ~ /^not installed/ ? "not installed" : "FAILED"
		if (!(tool in seen)) { seen[tool] = 1; tools[++number] = tool }
		count[tool, outcome]++
	} END {
		printf "%-14s %9s %13s %9s %10s\n", "TOOL", "set once", "removed, set", "refused", "no change"
		for (i = 1; i <= number; i++)
			printf "%-14s %9d %13d %9d %10d%s\n", tools[i], count[tools[i], "set once"],
				count[tools[i], "removed, set"], count[tools[i], "refused"],
				count[tools[i], "no change"], count[tools[i], "FAILED"] ? "  FAILED" :
				count[tools[i], "not installed"] ? "  not installed" : ""
	}' "$table"
}
count_outcomes >summary
[ ${#failed[@]} = 0 ] || fail "${failed[*]}"
