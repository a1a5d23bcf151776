#!/bin/sh
# SPDX-License-Identifier: MIT
#
# roll-back.sh [-y] PROJECT [ENVIRONMENT]: goes back to the deploy that was live before, in one
# environment (production). PROJECT is a directory of the mount, such as ~/hsxfs/acme/acme-crm.
# It shows both deploys and asks first; -y does not ask.
# The exit status is 0 if the previous deploy is live, 1 if not, 2 if it was called wrongly.

set -u

ask=yes
if [ "${1-}" = -y ]; then
	ask=no
	shift
fi
case $# in
1 | 2) routes=$1/${2:-production}/routes ;;
*)
	echo "usage: roll-back.sh [-y] PROJECT [ENVIRONMENT]" >&2
	exit 2
	;;
esac

give_up()
{
	echo "roll-back.sh: $*" >&2
	exit 1
}

[ -d "$routes" ] || {
	echo "roll-back.sh: $routes: no such directory" >&2
	exit 2
}
active=$(cat "$routes/active") || give_up "nobody can say what is live"
previous=$(cat "$routes/previous") || give_up "there is nothing to go back to"
since=$(cat "$routes/updated" 2>/dev/null) || since='an unknown time'
printf 'active    %s, since %s\nprevious  %s\n' "$active" "$since" "$previous"

if [ "$ask" = yes ]; then
	printf 'Roll back %s to %s? [y/N] ' "$routes" "$previous"
	IFS= read -r answer || answer=
	case $answer in y | Y | yes) ;; *) give_up "nothing was changed" ;; esac
	# While nobody typed, somebody else may have deployed.
	if [ "$(cat "$routes/active")" != "$active" ] ||
		[ "$(cat "$routes/previous")" != "$previous" ]; then
		give_up "the routes have changed meanwhile; nothing was changed here"
	fi
fi

if ! echo "$previous" >"$routes/active"; then
	tail -n 1 "$routes/.errors" >&2
	give_up "it was refused"
fi
[ "$(cat "$routes/active")" = "$previous" ] ||
	give_up "it was accepted, but $(cat "$routes/active") is live"
printf 'active    %s\n' "$previous"
