# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For the cases analysis-*, which are two so that both run at once.

# analyze DIRECTORY: `make analyze` is content with it, and with a fault in it is not.
analyze()
{
	local tool

	for tool in gcc clang-tidy cppcheck; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
	mkdir "$1"
	plant >"$1/plant.c"
	for tool in gcc tidy; do
		run_analyzers "$PWD/build/analyze/$1/plant.$tool" && fail "$tool finds nothing in $1/plant.c"
	done
	run_analyzers "$PWD/build/analyze/cppcheck" && fail "cppcheck finds nothing in $1/plant.c"
	cd "$HSXFS_SOURCE" || fail "no $HSXFS_SOURCE"
	make -s BUILD="$HSXFS_BUILD" analyze ANALYZED="$(echo "$1"/*.c | tr '\n' ' ')"
}

# Here, with the rules and the .clang-tidy of the source.
run_analyzers()
{
	cp "$HSXFS_SOURCE/.clang-tidy" .
	mkdir -p backends fs
	make -s -f "$HSXFS_SOURCE/Makefile" BUILD="$PWD/build" "$1" >planted 2>&1 && return 0
	cat planted
	grep -Eq 'use.after.*free|memory after it is freed|deallocuse' planted ||
		fail "it fails for another reason than what was planted"
	return 1
}

plant()
{
	cat <<-END
		#include <stdlib.h>

		int plant(int condition);

		int plant(int condition)
		{
			int *number = malloc(sizeof(*number)), result;

			if (!number)
				return 0;
			*number = condition;
			if (condition)
				free(number);
			result = *number;
			if (!condition)
				free(number);
			return result;
		}
	END
}
