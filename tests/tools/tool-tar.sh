# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# tar -x removes what is there and makes it anew; --overwrite writes into it.

needs tar
mkdir -p source
for name in NEW OLD; do
	echo a-value >source/$name
	tar -c -f $name.tar -C source $name
done

sets "-x, new" NEW tar -x -f NEW.tar -C "$directory"
sets "-x --overwrite, new" NEW tar -x --overwrite -f NEW.tar -C "$directory"
sets "-x --overwrite, existing" OLD tar -x --overwrite -f OLD.tar -C "$directory"
sets "-x -p --same-owner, new" NEW tar -x -p --same-owner -f NEW.tar -C "$directory"
sends "-x, existing" "removed, then set" "DELETE OLD,PUT OLD," tar -x -f OLD.tar -C "$directory"
changes_nothing "-x --skip-old-files, existing" tar -x --skip-old-files -f OLD.tar -C "$directory"
refused "-x --keep-old-files, existing" 'File exists' tar -x --keep-old-files -f OLD.tar -C "$directory"
refused "-x of a directory" 'Operation not permitted' \
	sh -c 'mkdir -p tree/sub && tar -c tree | tar -x -C "$1"' - "$directory"
