#!/bin/sh
# SPDX-License-Identifier: MIT
#
# flip-flag.sh MOUNT KEY STATE [ENVIRONMENT]: sets the flag KEY to STATE (enabled, disabled or
# archived) in every project that has it, in one environment (production). It makes no new flags.
# The exit status is 0 if all have taken it, 1 if some have not or could not be listed, or none has
# the flag, 2 if it was called wrongly.

set -u

usage()
{
	echo "usage: flip-flag.sh MOUNT KEY enabled|disabled|archived [dev|staging|production]" >&2
	exit 2
}

case $# in 3 | 4) ;; *) usage ;; esac
key=$2
state=$3
environment=${4:-production}
case $key in '' | */* | .*) usage ;; esac
case $state in enabled | disabled | archived) ;; *) usage ;; esac
case $environment in dev | staging | production) ;; *) usage ;; esac
cd "$1" || exit 2

status=0
projects=$(find . -mindepth 2 -maxdepth 2 -type d) || status=1

# flip FILE: a refusal is said by the shell; the reason is the last line of .errors.
flip()
{
	if echo "$state" >"$1"; then
		printf '%s %s\n' "$state" "${1#./}"
	else
		printf 'FAILED %s\n' "${1#./}" >&2
		tail -n 1 "${1%/*}/.errors" >&2
		return 1
	fi
}

printf '%s\n' "$projects" | sort | {
	found=0
	while IFS= read -r project; do
		[ -n "$project" ] || continue
		directory=$project/$environment/flags
		if ! keys=$(ls "$directory"); then
			status=1
		elif printf '%s\n' "$keys" | grep -Fqxe "$key"; then
			found=$((found + 1))
			flip "$directory/$key" || status=1
		fi
	done
	if [ "$found" = 0 ]; then
		echo "flip-flag.sh: no project that could be listed has $key in $environment" >&2
		status=1
	fi
	exit $status
}
