#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PLAIN-ONLY: looks at the document and the cases alone
#
# Each sentence of fs/SEMANTICS.md is quoted by a case, and each quoted sentence is in it.

. "$HSXFS_TESTS/lib/common.sh"

document=$HSXFS_SOURCE/fs/SEMANTICS.md
check=$HSXFS_TESTS/semantics/check
[ -s "$document" ] || skip "fs/SEMANTICS.md is not here"

expect_status 0 "$check" "$document" "$HSXFS_TESTS"/cases/*.sh "$HSXFS_TESTS"/semantics/*.sh

# It finds what is wrong, and counts what was run.
cat >page.md <<'END_OF_PAGE'
# Promises

- not a sentence yet

## Names

- The first one,
  in two lines.
- The second one.

| what | answer |
|---|---|
| a row | ENOENT |
END_OF_PAGE
mkdir cases semantics
printf '%s\n' '#!/bin/sh' '# > The first' '#   one, in two lines.' '# > | a row | ENOENT |' >cases/good.sh
expect_status 1 "$check" page.md cases/good.sh
expect_equal "$(cat output)" 'Names: no case proves: The second one.'
printf '%s\n' '#!/bin/sh' '# > The second one.' >semantics/second.sh
expect_output '' "$check" page.md cases/good.sh semantics/second.sh
printf '%s\n' '#!/bin/sh' '# > The second one!' >cases/wrong.sh
expect_status 1 "$check" page.md cases/good.sh semantics/second.sh cases/wrong.sh
expect_equal "$(cat output)" 'cases/wrong.sh: no sentence of the document: The second one!'

# proven GOOD SECOND: the line that a run with these verdicts ends with.
proven()
{
	mkdir -p results/good results/semantics-second
	printf 'good\nsemantics-second\n' >results/started
	echo "$1" >results/good/verdict
	echo "$2" >results/semantics-second/verdict
	"$check" --table results page.md cases/good.sh semantics/second.sh | tail -n 1
}
expect_equal "$(proven passed passed)" 'semantics: 3 of 3 sentences proven'
mkdir results/sanitized-good
echo failed >results/sanitized-good/verdict
echo sanitized-good >>results/started
expect_equal "$("$check" --table results page.md cases/good.sh semantics/second.sh | tail -n 1)" \
	'semantics: 1 of 3 sentences proven' 'with one that failed under the sanitizers'
expect_equal "$(proven passed failed)" 'semantics: 2 of 3 sentences proven'
expect_equal "$(proven skipped passed)" 'semantics: 1 of 3 sentences proven'
