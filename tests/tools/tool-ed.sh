# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# ed reads the file, and writes it anew.

needs ed

complains_and_sets "new" NEW 'No such file' sh -c 'printf "a\na-value\n.\nw\nq\n" | ed -s "$1"' - "$directory/NEW"
sets "existing" OLD sh -c 'printf "1c\na-value\n.\nw\nq\n" | ed -s "$1"' - "$directory/OLD"
refused "of the line that it read" 'Invalid argument' \
	sh -c 'printf "s/OLD/NEW/\nw\nq\n" | ed -s "$1"' - "$directory/OLD"
