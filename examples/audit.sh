#!/bin/sh
# SPDX-License-Identifier: MIT
#
# audit.sh MOUNT [DAYS]: prints the secrets that were not set within the last DAYS (90), with the user
# who last set them, and then those that a Worker of their environment lacks (this needs getfattr, from
# the package attr). A date in 1980 means that hsxfs did not set the secret: nobody knows who did, and
# when. The exit status is 0 if nothing was printed, 1 if something was, 2 if a part of the mount could
# not be listed.

set -u

mount=${1:?usage: audit.sh MOUNT [DAYS]}
days=${2:-90}

command -v getfattr >/dev/null || {
	echo "audit.sh: getfattr is missing: install the package attr" >&2
	exit 2
}
# At the fourth level, below account, project and environment, only secrets/ is looked into.
secrets=$(find "$mount" -mindepth 4 -maxdepth 5 -type d ! -name secrets -prune -o \
	-path '*/secrets/*' -type f -print) || exit 2
[ -n "$secrets" ] || exit 0

report=$(printf '%s\n' "$secrets" | sort | while IFS= read -r secret; do
	if [ -n "$(find "$secret" -mtime "+$days")" ]; then
		by=$(getfattr --absolute-names --only-values -n user.hsxfs.set "$secret" 2>/dev/null)
		printf '%s\t%s%s\n' "$(date -u -r "$secret" +%F)" "${secret#"$mount"/}" "${by:+	by ${by##* }}"
	fi
done
printf '%s\n' "$secrets" | sort | while IFS= read -r secret; do
	missing=$(getfattr --absolute-names --only-values -n user.hsxfs.missing "$secret" 2>/dev/null)
	[ -z "$missing" ] || printf 'lacking\t%s\t%s\n' "${secret#"$mount"/}" "$missing"
done)

[ -n "$report" ] || exit 0
printf '%s\n' "$report"
exit 1
