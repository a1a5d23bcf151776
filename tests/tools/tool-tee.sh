# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# tee writes what it reads, in one piece here.

needs tee

sets "new" NEW sh -c 'tee "$1" <value >/dev/null' - "$directory/NEW"
sets "existing" OLD sh -c 'tee "$1" <value >/dev/null' - "$directory/OLD"
refused "-a, existing" 'Invalid argument' sh -c 'tee -a "$1" <value >/dev/null' - "$directory/OLD"
refused "of nothing" 'Invalid argument' tee "$directory/OLD" </dev/null
