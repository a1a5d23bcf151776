#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > | the token is not known, or not accepted from here (401, 1000, 6003, 9106, 10000) | EACCES |
# > | the token lacks a permission (403, 9109, 10015, 10023) | EPERM |
# > | no such account or Worker (7003, 10007, 10090) | ENOENT |
# > | no such secret (10056) | ENOENT |
# > | a binding of another kind has the name (10053) | EEXIST |
# > | the value is too large (10054) | EFBIG |
# > | the Worker has too many secrets and variables (10055) | EDQUOT |
# > | the name is not allowed (10100) | EINVAL |
# > | the newest version is not deployed (10214, 10215) | EBUSY |
# > | somebody else keeps changing the Worker (409, 10035) | EBUSY |
# > | the rate limit is used up (429, 971) | EBUSY |
#
# The table of errors: each row has the numbers, an HTTP status or the API's own code, that give it.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -o deadline=1
ls "$secrets" >/dev/null

# answer NUMBER ERRNO: what a write gets; of what does not exist, a removal.
answer()
{
	local call=write arguments=("$secrets/X" key)

	if [ "$1" = 10056 ]; then
		call='unlink'
		arguments=("$secrets/ONLY_HERE")
	fi
	if [ "$1" -lt 1000 ] && [ "$1" != 971 ]; then
		rule "{\"method\": \"[PD]*\", \"status\": $1, \"body\": {\"success\": false, \"errors\": []}}"
	else
		rule "{\"method\": \"[PD]*\", \"status\": 400, \"code\": $1, \"message\": \"no\"}"
	fi
	expect_errno "$call $2" "$call" "${arguments[@]}"
	tail -n 1 "$mnt/.errors" >last
	has_message last "\"(code|http)\":$1,"
	rules_clear
}

numbers=0
rows=$(sed -n 's/^# > | .*(\([0-9, ]*\)) | \([A-Z]*\) |$/\1 \2/p' "$0" | tr -d ,)
while read -r -a row; do
	for number in "${row[@]:0:${#row[@]}-1}"; do
		answer "$number" "${row[-1]}"
		numbers=$((numbers + 1))
		# Nothing is sent for a while after a 429.
		[ "$number" != 429 ] || sleep 1.1
	done
done <<<"$rows"
[ "$numbers" -ge 20 ] || fail "only $numbers numbers"
hsxfs_unmount
