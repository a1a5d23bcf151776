#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Values that hsxfs writes into a .dev.vars file read back the same by the npm package dotenv and by
# wrangler itself. Needs `npm ci` in tests/clients and build/unit/dotenv_text.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
editor=${BUILD:-$here/../../build}/unit/dotenv_text

if ! command -v node >/dev/null; then
	echo "skipped: node is not installed"
	exit 77
fi
if ! (cd "$here" && node -e 'require.resolve("dotenv")') 2>/dev/null; then
	echo "skipped: run npm ci in tests/clients to have the npm package dotenv"
	exit 77
fi
if [ ! -x "$editor" ]; then
	echo "$editor is missing: run make unit" >&2
	exit 1
fi

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
node "$here/dotenv-agreement.mjs" "$editor" "$directory"
