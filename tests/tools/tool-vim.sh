# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# vim in a terminal, with its swap file (.NAME.swp, locked memory here), its backup while writing
# and its probe 4913; and in batch mode.

needs vim tmux

# Opens NAME, replaces all by a-value, writes with the keys given, and leaves.
edits()
{
	local name=$1 write=$2 file

	shift 2
	file=$directory/$name
	terminal "vim -N -u NONE $* $file"
	if [ "$name" = OLD ]; then
		shows 'write-only secret OLD'
	else
		shows '\[New\]'
	fi
	keys ':%d' Enter
	keys i 'a-value' Escape
	shows '^a-value'
	keys "$write" Enter
	case $write in
	:w | :w!)
		shows 'written'
		keys ':q' Enter
		;;
	esac
	terminal_ends
	return "$status"
}

for name in NEW OLD; do
	sets ":w, $name" $name edits $name :w
	sets ":wq, $name" $name edits $name :wq
	sets ":x, $name" $name edits $name :x
	sets ":wq without swap, $name" $name edits $name :wq -n
	sets ":wq with undofile, $name" $name edits $name :wq --cmd "'set undofile'"
	sets ":wq with backupcopy=yes, $name" $name edits $name :wq \
		--cmd "'set backupskip= backupcopy=yes'"
	sets ":wq with backup, $name" $name edits $name :wq --cmd "'set backupskip= backup'"
	sets "-es :wq, $name" $name vim -N -u NONE -es -c '%d' -c 'call setline(1, "a-value")' -c wq \
		"$directory/$name"
done

# It keeps no backups of what is below /tmp, unless backupskip is empty. Where it is to rename the file
# to its backup, which is on another file system then, it copies it, may not remove it, and writes into it.
sets ":wq with backupcopy=no, NEW" NEW edits NEW :wq --cmd "'set backupskip= backupcopy=no'"
sets ":wq with backupcopy=no, OLD" OLD edits OLD :wq --cmd "'set backupskip= backupcopy=no'"

# What was read is not to be stored, and the user sees why.
edits_a_part()
{
	terminal "vim -N -u NONE $directory/OLD"
	shows 'write-only secret OLD'
	keys ':%s/OLD/x/' Enter ':w' Enter
	shows 'E[0-9]+:'
	cat screen >&2
	keys Escape ':q!' Enter
	terminal_ends
	return 1
}
refused ":w, part of the line read" 'E[0-9]+:|Write error' edits_a_part
