#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# `>>` to a new name in pieces stores them all, whatever is looked at in between.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write

# shellcheck disable=SC2094 # a file that is written is looked at
# pieces: three ways to append two lines to the new names A, B and C.
pieces()
{
	{
		echo one
		ls -l "$secrets" >/dev/null
		echo two
	} >>"$secrets/A"
	{
		echo one
		stat "$secrets/B" >/dev/null
		echo two
	} >>"$secrets/B"
	{
		printf 'on'
		stat "$secrets/C" >/dev/null
		printf 'e\ntw'
		cat "$secrets/C" >/dev/null
		echo o
	} >>"$secrets/C"
}

for directory in listed unlisted; do
	hsxfs_mount
	[ "$directory" = unlisted ] || ls -l "$secrets" >/dev/null
	pieces
	for name in A B C; do
		expect_equal "$(value_of "$name")" $'one\ntwo' "$name in a directory that was $directory"
	done
	# It exists now: what it holds is not known, so nothing can come after it.
	expect_errno 'open EINVAL' append "$secrets/A" three
	expect_output 'hsxfs: write-only secret A' cat "$secrets/A"
	rm "$secrets/A" "$secrets/B" "$secrets/C"
	hsxfs_unmount
done

# In small pieces by one program, past the length of the placeholder.
hsxfs_mount
expect_status 0 bash -c 'for i in {1..50}; do echo "line $i"; stat "$1" >/dev/null; done >>"$1"' - "$secrets/LONG"
expect_equal "$(value_of LONG)" "$(printf 'line %s\n' {1..50})"
hsxfs_unmount
