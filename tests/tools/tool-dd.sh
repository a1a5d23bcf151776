# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# dd writes block by block; only a value of several lines or a multiple of 512 bytes waits for the end.

needs dd

for name in NEW OLD; do
	sets "$name" $name dd if=value of="$directory/$name" status=none
	sets "bs=64k, $name" $name dd if=value of="$directory/$name" bs=64k status=none
	sets "conv=fsync, $name" $name dd if=value of="$directory/$name" conv=fsync status=none
done
sets "conv=notrunc, OLD" OLD dd if=value of="$directory/OLD" conv=notrunc status=none
sets "conv=excl, NEW" NEW dd if=value of="$directory/NEW" conv=excl status=none
refused "conv=excl, OLD" 'File exists' dd if=value of="$directory/OLD" conv=excl
refused "oflag=append, OLD" 'Invalid argument' dd if=value of="$directory/OLD" oflag=append conv=notrunc
refused "seek=1, OLD" 'Invalid argument' dd if=value of="$directory/OLD" seek=1 bs=1
