# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For cases against Cloudflare's own simulator of Workers KV. Source common.sh first.
# shellcheck disable=SC2154 # common.sh sets them

miniflare_up_or_ended()
{
	has_a_line url || ! kill -0 "$miniflare" 2>/dev/null
}

# miniflare_start NAMESPACE-ID...: sets api and admin, as emulator_start does; see clients/miniflare.sh
# for the admin paths.
miniflare_start()
{
	local status=0

	hsxfs_background "$HSXFS_TESTS/clients/miniflare.sh" url "$token" "$@" >miniflare.output 2>&1
	miniflare=$background
	wait_until 100 miniflare_up_or_ended
	if [ ! -s url ]; then
		wait "$miniflare" || status=$?
		[ "$status" != 77 ] || skip "$(sed -n 's/^skipped: //p' miniflare.output)"
		fail "miniflare ended with status $status: $(cat miniflare.output)"
	fi
	api=$(cat url)
	admin=${api%/client/v4}/admin
}

# kv_put NAMESPACE-ID: writes the pairs on standard input, as any client of the API would.
kv_put()
{
	curl -sS -f -m 90 -X PUT -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		--data-binary @- "$api/accounts/$account/storage/kv/namespaces/$1/bulk" >/dev/null
}

# kv_stored NAMESPACE-ID PREFIX FILTER: of {KEY: {value, metadata, expiration}}, as a Worker sees them.
kv_stored()
{
	curl -sS -f -m 90 -G --data-urlencode "namespace=$1" --data-urlencode "prefix=$2" \
		"$admin/stored" | jq -cr "$3"
}
