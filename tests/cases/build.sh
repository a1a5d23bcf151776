#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 400
# PLAIN-ONLY: builds programs of its own
#
# Clang finds nothing to warn of either (gcc has just built what the other cases run), the quiet build
# is quiet, and what is installed can be run, read and removed.

. "$HSXFS_TESTS/lib/common.sh"

cd "$HSXFS_SOURCE"
make -s CC=clang BUILD="$OLDPWD/clang" V=1 all unit >"$OLDPWD/output" 2>&1 || fail "$(cat "$OLDPWD/output")"
cd - >/dev/null
expect_equal "$(grep -iE 'warning|error:' output || true)" "" "what clang says"
expect_output "hsxfs $(git -C "$HSXFS_SOURCE" describe --tags --always --dirty)" clang/hsxfs --version

make -s -C "$HSXFS_SOURCE" BUILD="$PWD/clang" CC=clang V=1 DESTDIR="$PWD/root" PREFIX=/usr install >output
[ -x root/usr/bin/hsxfs ] || fail "no program"
[ -x root/usr/share/doc/hsxfs/examples/audit.sh ] || fail "no examples"
has_message root/usr/share/man/man1/hsxfs.1 '^\.Nm hsxfs'
make -s -C "$HSXFS_SOURCE" BUILD="$PWD/clang" CC=clang DESTDIR="$PWD/root" PREFIX=/usr uninstall >output
expect_equal "$(find root -type f)" "" "what uninstall leaves"
expect_status 2 make -s -C "$HSXFS_SOURCE" deps FOR=fun
has_message errors 'FOR=fun: one of build, demo, check, bench'
