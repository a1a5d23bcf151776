# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# sponge writes when it has read all, with its temporary file in $TMPDIR.

needs sponge

sets "new" NEW sh -c 'sponge "$1" <value' - "$directory/NEW"
sets "existing" OLD sh -c 'sponge "$1" <value' - "$directory/OLD"
refused "-a, existing" 'Invalid argument' sh -c 'sponge -a "$1" <value' - "$directory/OLD"
refused "of a read secret" 'Invalid argument' sh -c 'cat "$1" | sponge "$1"' - "$directory/OLD"
refused "of nothing" 'Invalid argument' sh -c 'sponge "$1" </dev/null' - "$directory/OLD"
