#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs the pinned clients where they are missing or older than the lock file. Prints nothing
# when all is well; ends with 77 and one sentence where they cannot be had.

set -eu
cd "$(dirname "$0")"

# npm writes its own list last, so half an installation has none.
is_installed()
{
	[ -n "$(find node_modules/.package-lock.json -newer package-lock.json 2>/dev/null)" ]
}

is_installed && exit 0
if ! command -v npm >/dev/null; then
	echo "skipped: npm is not installed"
	exit 77
fi
exec 9<package.json
flock 9
is_installed && exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
npm ci --loglevel=error >"$log" 2>&1 9>&- && exit 0
if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH' "$log"; then
	echo "skipped: npm cannot reach its registry"
	exit 77
fi
cat "$log" >&2
exit 1
