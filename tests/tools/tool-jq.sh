# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# jq writes to standard output.

needs jq

for name in NEW OLD; do
	sets "-r >, $name" $name sh -c "jq -n -r '\"a-value\"' >\"\$1\"" - "$directory/$name"
	sets "-j >, $name" $name sh -c "jq -n -j '\"a-value\"' >\"\$1\"" - "$directory/$name"
	sends "an object >, $name" "set once" "PUT $name," sh -c "jq -n '{a: [1, 2]}' >\"\$1\"" - "$directory/$name"
done
refused "an error >" 'parse error' sh -c 'echo "{" | jq . >"$1"' - "$directory/OLD"
