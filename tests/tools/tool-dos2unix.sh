# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# dos2unix writes d2utmpXXXXXX with mkstemp and renames it; -n names the new file.

needs dos2unix
printf 'a-value\r\n' >dos

sets "-n, new" NEW dos2unix -q -n dos "$directory/NEW"
sets "-n, existing" OLD dos2unix -q -n dos "$directory/OLD"
refused "in place (the line read)" 'Invalid argument' unix2dos "$directory/OLD"
