#!/bin/sh
# SPDX-License-Identifier: MIT
#
# compare.sh PROJECT [FROM [TO]]: prints the names of secrets that FROM (staging) has and TO
# (production) lacks. PROJECT is a directory of the mount, such as ~/hsxfs/acme/acme-crm.
# The exit status is 0 if TO lacks none, 1 if it lacks some, 2 if one could not be listed, was listed as
# it was before an outage, or owns no Worker; so it can stand before a deploy. It needs getfattr, from
# the package attr.

set -u

case $# in
1 | 2 | 3) ;;
*)
	echo "usage: compare.sh PROJECT [FROM [TO]]" >&2
	exit 2
	;;
esac
command -v getfattr >/dev/null || {
	echo "compare.sh: getfattr is missing: install the package attr" >&2
	exit 2
}
project=$1
from=${2:-staging}
to=${3:-production}

attribute()
{
	getfattr --absolute-names --only-values -n "user.hsxfs.$2" "$1" 2>/dev/null
}

# An empty directory of an environment without a Worker, or an old listing, says nothing.
names_of()
{
	[ -e "$1/.status" ] || {
		echo "compare.sh: $1: not in a mount of hsxfs" >&2
		return 2
	}
	ls "$1" || return 2
	for why in reason stale; do
		if said=$(attribute "$1" $why); then
			echo "compare.sh: $1: $why: $said" >&2
			return 2
		fi
	done
}

wanted=$(names_of "$project/$from/secrets") || exit 2
present=$(names_of "$project/$to/secrets") || exit 2

missing=$(printf '%s\n' "$wanted" | while IFS= read -r name; do
	printf '%s\n' "$present" | grep -Fqxe "$name" || printf '%s\n' "$name"
done)

[ -n "$missing" ] || exit 0
printf '%s\n' "$missing"
exit 1
