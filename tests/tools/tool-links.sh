# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# ln, mkdir, mkfifo, mknod: there is nothing of the kind in secrets/.

refused "ln, within" 'Operation not permitted' ln "$directory/OLD" "$directory/NEW"
refused "ln, from elsewhere" 'cross-device' ln value "$directory/NEW"
refused "ln -s" 'Operation not permitted' ln -s OLD "$directory/NEW"
refused "ln -sf, existing" 'Operation not permitted' ln -sf NEW "$directory/OLD"
refused "mkdir" 'Operation not permitted' mkdir "$directory/NEW"
refused "mkdir -p" 'Operation not permitted' mkdir -p "$directory/NEW/SUB"
refused "rmdir" 'Not a directory' rmdir "$directory/OLD"
refused "mkfifo" 'Operation not permitted' mkfifo "$directory/NEW"
refused "link(1)" 'Operation not permitted' link "$directory/OLD" "$directory/NEW"
