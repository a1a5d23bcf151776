# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# touch and truncate write nothing: no secret is ever made empty.

changes_nothing "existing" touch "$directory/OLD"
changes_nothing "-d, existing" touch -d 2020-01-01 "$directory/OLD"
changes_nothing "-c, new" touch -c "$directory/NEW"
refused "new" 'Invalid argument' touch "$directory/NEW"
refused "truncate -s 0, existing" 'Invalid argument' truncate -s 0 "$directory/OLD"
refused "truncate -s 5, existing" 'Invalid argument' truncate -s 5 "$directory/OLD"
changes_nothing ": >, existing" sh -c ': >"$1"' - "$directory/OLD"
changes_nothing "chmod" chmod 600 "$directory/OLD"
refused "chown" 'Operation not permitted' chown 12345 "$directory/OLD"
refused "fallocate" 'not supported' fallocate -l 10 "$directory/OLD"
