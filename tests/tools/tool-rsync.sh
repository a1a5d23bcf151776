# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# rsync writes .NAME.XXXXXX, closes it, sets its times and mode, renames it; -T makes it elsewhere.

needs rsync
mkdir -p source elsewhere
echo a-value >source/NEW

sets "FILE, new" NEW rsync value "$directory/NEW"
sets "FILE, existing" OLD rsync value "$directory/OLD"
sets "-a DIRECTORY, new" NEW rsync -a source/ "$directory/"
sets "-a --checksum, existing" OLD rsync -a --checksum value "$directory/OLD"
sets "--inplace, new" NEW rsync --inplace value "$directory/NEW"
sets "--inplace, existing" OLD rsync --inplace --ignore-times value "$directory/OLD"
sets "-T elsewhere, new" NEW rsync -T "$PWD/elsewhere" value "$directory/NEW"
# The rename fails there (another file system), so rsync removes the file and makes it anew.
sends "-T elsewhere, existing" "removed, then set" "DELETE OLD,PUT OLD," \
	rsync -T "$PWD/elsewhere" --ignore-times value "$directory/OLD"
changes_nothing "--existing, new" rsync --existing value "$directory/NEW"
changes_nothing "--ignore-existing, existing" rsync --ignore-existing value "$directory/OLD"
printf '%0100d\n' 0 >long
refused "--append, existing" 'Invalid argument' rsync --append long "$directory/OLD"
refused "--backup, existing" 'Operation not permitted|Invalid argument' rsync --backup value "$directory/OLD"
refused "of a read secret" 'Invalid argument' rsync --ignore-times "$directory/OLD" "$directory/NEW"
