# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# curl -o makes the file when the first bytes come.

needs curl

for name in NEW OLD; do
	sets "-o, $name" $name curl -sS -o "$directory/$name" "file://$PWD/value"
	sets ">, $name" $name sh -c 'curl -sS "$1" >"$2"' - "file://$PWD/value" "$directory/$name"
done
refused "-o of what is not there" 'open file' curl -sS -o "$directory/NEW" "file://$PWD/missing"
refused "-C -, existing" 'Failed writing' curl -sS -C - -o "$directory/OLD" "file://$PWD/value"
