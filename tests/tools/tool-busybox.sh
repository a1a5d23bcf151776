# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# busybox: cp, mv, install, sed -i, tee, dd, tar, vi.

needs busybox

for name in NEW OLD; do
	sets "cp, $name" $name busybox cp value "$directory/$name"
	sets "cp -a, $name" $name busybox cp -a value "$directory/$name"
	sets "tee, $name" $name sh -c 'busybox tee "$1" <value >/dev/null' - "$directory/$name"
	sets "dd, $name" $name sh -c 'busybox dd if=value of="$1" 2>/dev/null' - "$directory/$name"
	sets "sh echo, $name" $name busybox sh -c 'echo a-value >"$1"' - "$directory/$name"
	sets "awk print >, $name" $name busybox awk -v file="$directory/$name" '{print > file}' value
done
sets "sed -i, existing" OLD busybox sed -i 's/.*/a-value/' "$directory/OLD"
sets "mv, new" NEW busybox mv value "$directory/NEW"
refused "sed -i, part of the line read" 'Invalid argument' busybox sed -i 's/OLD/x/' "$directory/OLD"
refused "mkdir" 'Operation not permitted' busybox mkdir "$directory/NEW"
refused "ln -s" 'Operation not permitted' busybox ln -s value "$directory/NEW"
