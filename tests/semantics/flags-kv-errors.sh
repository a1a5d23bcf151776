#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > | no such namespace (10013), or key (10009) where one is written; a snapshot that is not there holds no flags | ENOENT |
# > | the token is not accepted (10000), or lacks a permission (10037) | EACCES, EPERM |
# > | the value is too large (10024, 413) | EFBIG |
# > A value in Workers KV over 5 MiB is not read, though 25 MiB may be stored: EPROTO, with the reason in `.errors`.
# > | the free limit is used up (10048) | EDQUOT |
# > | a key is written too often (429) | EBUSY |
#
# The errors of Workers KV, for who writes into it and for who reads.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

id=00112233445566778899aabbccddeeff
# shellcheck disable=SC2016 # a jq variable
plane_start '.accounts[$account].kv = {($id): {title: "own", keys: {snapshot: "{\"flags\": {\"a\": {}}}"}}}' \
	--arg account "$account" --arg id "$id"
# shellcheck disable=SC2016 # a jq variable
plane_config '.accounts.acct_demo.projects["acme-crm"].environments.production +=
	{flags_kv: $id, flags: {authoring: "kv"}}' --arg id "$id"
hsxfs_mount -o deadline=1,ttl=0

# answer METHOD PATH NUMBER: Workers KV says so.
answer()
{
	if [ "$3" -lt 1000 ]; then
		rule "{\"method\": \"$1\", \"path\": \"$2\", \"times\": -1, \"status\": $3}"
	else
		rule "{\"method\": \"$1\", \"path\": \"$2\", \"times\": -1, \"status\": ${4:-400}, \"code\": $3, \"message\": \"no\"}"
	fi
}

last_has()
{
	last_error "\"errno\":\"$2\".*\"(code|http)\":$1,"
}

number=0
while read -r code errno status; do
	answer PUT '*/storage/kv/*/bulk' "$code" "$status"
	expect_errno "write $errno" write "$flags/a" "$([ $((number % 2)) = 0 ] && echo disabled || echo enabled)"
	last_has "$code" "$errno"
	rules_clear
	number=$((number + 1))
	# Nothing is sent for a while after a 429.
	[ "$code" != 429 ] || sleep 1.1
	# A snapshot that is not there holds no flags; whatever else it is, it is no empty directory.
	[ "$code" != 10009 ] || continue
	answer GET '*/storage/kv/*/values/*' "$code" "$status"
	expect_errno "listdir ${errno/ENOENT/ENXIO}" listdir "$flags"
	last_has "$code" "${errno/ENOENT/ENXIO}"
	rules_clear
	[ "$code" != 429 ] || sleep 1.1
done <<'END'
10009 ENOENT 404
10013 ENOENT 404
10000 EACCES 403
10037 EPERM 403
10024 EFBIG 413
413 EFBIG
10048 EDQUOT 429
429 EBUSY
END
expect_equal "$number" 8 'numbers tried'

answer GET '*/storage/kv/*/values/*' 10009 404
expect_output '' ls "$flags"
rules_clear
expect_output a ls "$flags"
hsxfs_unmount

# More than is taken of any answer.
(printf '{"flags": {"a": {"filler": "' && head -c 5300000 /dev/zero | tr '\0' x && printf '"}}}') >large
curl -sS -f -m 30 -H "Authorization: Bearer $token" -X PUT --data-binary @large \
	"$api/accounts/$account/storage/kv/namespaces/$id/values/snapshot" >output
hsxfs_mount -o ttl=0
expect_errno 'listdir EPROTO' listdir "$flags"
last_error EPROTO
hsxfs_unmount
