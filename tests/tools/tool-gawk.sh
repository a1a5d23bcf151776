# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# gawk -i inplace makes gawk.XXXXXX with mkstemp and renames it.

needs gawk

for name in NEW OLD; do
	sets "print >, $name" $name gawk -v file="$directory/$name" '{print > file}' value
done
sets "-i inplace, existing" OLD gawk -i inplace '{print "a-value"}' "$directory/OLD"
refused "-i inplace, part of the line" 'Invalid argument' \
	gawk -i inplace '{sub(/OLD/, "x"); print}' "$directory/OLD"
