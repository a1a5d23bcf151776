#!/bin/sh
# SPDX-License-Identifier: MIT
#
# audit.sh MOUNT [DAYS]: prints the secrets that were not set within the last DAYS (90), with the user
# who last set them, and then those that a Worker of their environment lacks (this needs getfattr, from
# the package attr). A date in 1980 means that hsxfs did not set the secret: nobody knows who did, and
# when. The exit status is 0 if nothing was printed, 1 if something was, 2 if a part of the mount could
# not be listed, or only as it was before an outage: the rest is printed all the same.

set -u

case $# in
1 | 2) ;;
*)
	echo "usage: audit.sh MOUNT [DAYS]" >&2
	exit 2
	;;
esac
mount=${1%/}
days=${2:-90}
status=0

command -v getfattr >/dev/null || {
	echo "audit.sh: getfattr is missing: install the package attr" >&2
	exit 2
}
# The file .audit is in the top of a mount alone.
[ -e "$mount/.audit" ] || {
	echo "audit.sh: $mount: no hsxfs is mounted here; give the top of a mount" >&2
	exit 2
}
# At the fourth level, below account, project and environment, only secrets/ is looked into.
secrets=$(find "$mount" -mindepth 4 -maxdepth 5 -type d ! -name secrets -prune -o \
	-path '*/secrets/*' -type f -print) || status=2
stale=$(find "$mount" -maxdepth 4 -type d -exec getfattr --absolute-names -n user.hsxfs.stale {} + 2>/dev/null |
	sed -n 's/^# file: //p')
[ -z "$stale" ] || {
	printf '%s\n' "$stale" | sed 's/^/audit.sh: as it was before an outage: /' >&2
	status=2
}
[ -n "$secrets" ] || exit $status

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

[ -n "$report" ] || exit $status
printf '%s\n' "$report"
[ $status = 0 ] || exit $status
exit 1
