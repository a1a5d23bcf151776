# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# install removes what is there and makes it anew, unless told to compare.

needs install

sets "new" NEW install value "$directory/NEW"
sets "-m 600, new" NEW install -m 600 value "$directory/NEW"
sets "-p -t DIRECTORY, new" NEW sh -c 'cp value NEW && install -p -t "$1" NEW' - "$directory"
sends "existing" "removed, then set" "DELETE OLD,PUT OLD," install -m 600 value "$directory/OLD"
sends "-C, existing" "removed, then set" "DELETE OLD,PUT OLD," install -C -m 600 value "$directory/OLD"
refused "-b, existing" 'Operation not permitted' install -b value "$directory/OLD"
refused "-d" 'cannot change permissions' install -d "$directory/NEW"
