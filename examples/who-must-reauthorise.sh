#!/bin/sh
# SPDX-License-Identifier: MIT
#
# who-must-reauthorise.sh MOUNT: prints the portals whose customers have to authorise the app again,
# in all projects and environments, each with the day since when.
# The exit status is 0 if there are none, 1 if there are some, 2 if some could not be listed.

set -u

[ $# = 1 ] || {
	echo "usage: who-must-reauthorise.sh MOUNT" >&2
	exit 2
}
status=0

cd "$1" || exit 2
directories=$(find . -mindepth 4 -maxdepth 4 -type d -name installs) || status=2
portals=$(printf '%s\n' "$directories" | {
	while IFS= read -r directory; do
		[ -n "$directory" ] || continue
		grep -rl reauth_required "$directory"
		[ $? -lt 2 ] || failed=yes
	done
	[ -z "${failed-}" ]
}) || status=2

[ -n "$portals" ] || exit $status
printf '%s\n' "$portals" | sort | tr '\n' '\0' | TZ=UTC0 xargs -0 stat -c '%.10y %n' |
	sed 's| \./| |'
[ $status = 0 ] || exit $status
exit 1
