# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# nano in a terminal: writes into the file itself.

needs nano tmux

# Opens NAME, replaces all by a-value, writes and leaves.
edits()
{
	local name=$1

	shift
	terminal "nano --ignorercfiles $* $directory/$name"
	shows '\^X Exit'
	if [ "$name" = OLD ]; then
		shows 'write-only secret OLD'
		keys C-k
	fi
	keys a-value
	shows '^a-value'
	keys C-o
	shows 'File Name to Write'
	keys Enter
	shows 'Wrote [12] line'
	keys C-x
	terminal_ends
	return "$status"
}

for name in NEW OLD; do
	sets "^O, $name" $name edits $name
	sets "--locking ^O, $name" $name edits $name --locking
done

# What was read is not to be stored, and the user sees why.
edits_a_part()
{
	terminal "nano --ignorercfiles $directory/OLD"
	shows 'write-only secret OLD'
	keys C-e x C-o
	shows 'File Name to Write'
	keys Enter
	shows 'Error writing'
	cat screen >&2
	keys C-x n
	terminal_ends
	return 1
}
refused "^O, the line read" 'Error writing' edits_a_part
