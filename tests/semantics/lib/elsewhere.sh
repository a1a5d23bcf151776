# shellcheck shell=bash disable=SC2154 # variables of common.sh
# SPDX-License-Identifier: MIT
#
# Sourced after common.sh: changes that are not the mount's own.

secrets_url()
{
	echo "$api/accounts/$account/workers/scripts/$production/secrets"
}

# set_elsewhere NAME, unset_elsewhere NAME
set_elsewhere()
{
	curl -sS -f -o answer -X PUT -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		-d "{\"name\": \"$1\", \"text\": \"set elsewhere\", \"type\": \"secret_text\"}" "$(secrets_url)"
}

unset_elsewhere()
{
	curl -sS -f -o answer -X DELETE -H "Authorization: Bearer $token" "$(secrets_url)/$1"
}
