#!/bin/sh
# SPDX-License-Identifier: MIT
#
# compare.sh PROJECT [FROM [TO]]: prints the names of secrets that FROM (staging) has and TO
# (production) lacks. PROJECT is a directory of the mount, such as ~/hsxfs/acme/acme-crm.
# The exit status is 0 if TO lacks none, 1 if it lacks some, 2 if one could not be listed; so it can
# stand before a deploy.

set -u

project=${1:?usage: compare.sh PROJECT [FROM [TO]]}
from=${2:-staging}
to=${3:-production}

wanted=$(ls "$project/$from/secrets") || exit 2
present=$(ls "$project/$to/secrets") || exit 2

missing=$(printf '%s\n' "$wanted" | while IFS= read -r name; do
	printf '%s\n' "$present" | grep -Fqxe "$name" || printf '%s\n' "$name"
done)

[ -n "$missing" ] || exit 0
printf '%s\n' "$missing"
exit 1
