# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# mv from another file system copies, then removes its source; within the mount it renames.

needs mv

refused "to another fs" 'Operation not permitted' mv "$directory/OLD" copy
sets "from another fs, new" NEW mv value "$directory/NEW"
# Over a file that is there, mv removes it first and copies.
sends "from another fs, existing" "removed, then set" "DELETE OLD,PUT OLD," mv value "$directory/OLD"
changes_nothing "-n, existing" mv -n value "$directory/OLD"
refused "of a secret" 'Operation not permitted' mv "$directory/OLD" "$directory/NEW"
refused "-b, existing" 'Operation not permitted' mv -b value "$directory/OLD"
sets "of a temporary file beside it" NEW \
	sh -c 'cp value "$1/.new" && mv "$1/.new" "$1/NEW"' - "$directory"
sets "the same, over OLD" OLD \
	sh -c 'cp value "$1/.new" && mv "$1/.new" "$1/OLD"' - "$directory"
