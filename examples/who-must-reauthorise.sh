#!/bin/sh
# SPDX-License-Identifier: MIT
#
# who-must-reauthorise.sh MOUNT: prints the portals whose customers have to authorise the app again,
# in all projects and environments, each with the day since when.
# The exit status is 0 if there are none, 1 if there are some, 2 if nobody could say so of all: some
# could not be listed, were listed as before an outage, have no known state, or the control plane is
# not there to tell. It needs getfattr, from the package attr.

set -u

[ $# = 1 ] || {
	echo "usage: who-must-reauthorise.sh MOUNT" >&2
	exit 2
}
command -v getfattr >/dev/null || {
	echo "who-must-reauthorise.sh: getfattr is missing: install the package attr" >&2
	exit 2
}
status=0

cd "$1" || exit 2
# The file .audit is in the top of a mount alone.
[ -e .audit ] || {
	echo "who-must-reauthorise.sh: $1: no hsxfs is mounted here; give the top of a mount" >&2
	exit 2
}

# cannot_tell DIRECTORY: says why, if it cannot.
cannot_tell()
{
	for why in reason stale; do
		if said=$(getfattr --only-values -n "user.hsxfs.$why" "$1" 2>/dev/null); then
			echo "who-must-reauthorise.sh: $1: $why: $said" >&2
			return 0
		fi
	done
	grep -rqs '"state": "unknown"' "$1" || return 1
	echo "who-must-reauthorise.sh: $1: there are installs whose state nobody knows" >&2
}

directories=$(find . -mindepth 4 -maxdepth 4 -type d -name installs) || status=2
portals=$(printf '%s\n' "$directories" | {
	while IFS= read -r directory; do
		[ -n "$directory" ] || continue
		grep -rl reauth_required "$directory"
		[ $? -lt 2 ] || failed=yes
		! cannot_tell "$directory" || failed=yes
	done
	[ -z "${failed-}" ]
}) || status=2

[ -n "$directories" ] || {
	echo "who-must-reauthorise.sh: $1: no project is shown" >&2
	exit 2
}
[ -n "$portals" ] || exit $status
printf '%s\n' "$portals" | sort | tr '\n' '\0' | TZ=UTC0 xargs -0 stat -c '%.10y %n' |
	sed 's| \./| |'
[ $status = 0 ] || exit $status
exit 1
