# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# cp opens an existing file with O_TRUNC and makes a new one with O_EXCL.

needs cp

for name in NEW OLD; do
	sets "$name" $name cp value "$directory/$name"
	sets "-p, $name" $name cp -p value "$directory/$name"
	sets "-a, $name" $name cp -a value "$directory/$name"
	sets "-f, $name" $name cp -f value "$directory/$name"
	sets "--sparse=always, $name" $name cp --sparse=always value "$directory/$name"
	sets "--reflink=auto, $name" $name cp --reflink=auto value "$directory/$name"
	refused "of an empty file, $name" 'Invalid argument' cp /dev/null "$directory/$name"
done
sets "-n, NEW" NEW cp -n value "$directory/NEW"
changes_nothing "-n, OLD" cp -n value "$directory/OLD"
sets "-u, NEW" NEW cp -u value "$directory/NEW"
# The file's time is that of 1980, so any source is newer.
# OLD was set just now, by the clock that files have: within its tick nothing is newer.
newer()
{
	touch -d '1 second' value
	"$@"
}
sets "-u, OLD" OLD newer cp -u value "$directory/OLD"
sets "--backup, NEW" NEW cp --backup value "$directory/NEW"
refused "--backup, OLD" 'Operation not permitted' cp --backup value "$directory/OLD"
sends "--remove-destination, OLD" "removed, then set" "DELETE OLD,PUT OLD," \
	cp --remove-destination value "$directory/OLD"
refused "-l" 'Invalid cross-device link' cp -l value "$directory/NEW"
refused "-s" 'Operation not permitted' cp -s "$PWD/value" "$directory/NEW"
refused "of a read secret" 'Invalid argument' cp "$directory/OLD" "$directory/NEW"
refused "-r of a directory" 'Operation not permitted' sh -c 'mkdir -p tree/sub && cp -r tree "$1/"' - "$directory"
