# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# perl -i writes a temporary file (O_RDWR|O_EXCL) and renames it; -i.bak renames the original first.

needs perl

sets "-i, existing" OLD perl -i -pe 's/.*/a-value/' "$directory/OLD"
for name in NEW OLD; do
	sets "open >, $name" $name perl -e 'open(my $f, ">", $ARGV[0]) or die "$!"; print $f "a-value\n"; close($f) or die "$!"' \
		"$directory/$name"
	sets "rename of .tmp, $name" $name perl -e 'open(my $f, ">", "$ARGV[0]/.tmp") or die "$!";
		print $f "a-value\n"; close($f) or die "$!"; rename("$ARGV[0]/.tmp", "$ARGV[0]/$ARGV[1]") or die "$!"' \
		"$directory" $name
done
refused "-i, part of the line read" 'Invalid argument' perl -i -pe 's/OLD/x/' "$directory/OLD"
refused "-i.bak, existing" 'Operation not permitted' perl -i.bak -pe 's/.*/a-value/' "$directory/OLD"
