#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
# What hsxfs sends keeps to Cloudflare's OpenAPI document: prism serves it and refuses what does not.

. "$HSXFS_TESTS/lib/common.sh"

# Not only "up": without the document there is a reason to skip in its output.
prism_up_or_ended()
{
	has_a_line url || ! kill -0 "$prism" 2>/dev/null
}

# noted METHOD PATH-END: how many such requests prism has seen.
noted()
{
	grep -cE "\[HTTP SERVER\] $1 .*$2 " prism.log || true
}

violations()
{
	grep -E 'VALIDATOR.*(warning|error)|Violation|Responding with "[45]' prism.log || true
}

hsxfs_background "$HSXFS_TESTS/clients/prism.sh" url >prism.output 2>&1
prism=$background
wait_until 150 prism_up_or_ended
if [ ! -s url ]; then
	status=0
	wait "$prism" || status=$?
	[ "$status" != 77 ] || skip "$(sed -n 's/^skipped: //p' prism.output)"
	fail "prism ended with status $status: $(cat prism.output)"
fi

api=$(cat url)
config_write
hsxfs_mount

expect_output 'myBinding' ls "$secrets"
expect_equal "$(noted get '/secrets')" 1 'the listings that prism saw'
expect_status 0 bash -c "echo 'a \"value\"' >'$secrets/RESEND_API_KEY'"
expect_status 0 bash -c "printf '{\"a\": [1, \"ü\"]}' >'$secrets/JSON'"
openssl genpkey -algorithm ed25519 >key.pem
expect_status 0 cp key.pem "$secrets/KEY"
expect_equal "$(noted put '/secrets')" 3 'the secrets set that prism saw'
expect_status 0 rm "$secrets/myBinding"
expect_equal "$(noted delete '/secrets/myBinding')" 1 'the deletions that prism saw'

expect_equal "$(violations)" '' 'what prism found fault with'
expect_equal "$(cat "$mnt/.errors")" '' '.errors'
hsxfs_unmount

# Workers KV, of the title that is in the document's example.
namespace=00112233445566778899aabbccddeeff
"$HSXFS_BUILD/unit/kv" "$api" "$token" "$namespace" find 'My Own Namespace' get 'a/b ü' \
	bulk m keys prefix put k >lines
expect_equal "$(grep -c ': ok 0 ' lines)" 5 'the calls of Workers KV that prism answered'
expect_equal "$(noted put '/bulk')" 1 'the bulk writes that prism saw'
expect_equal "$(violations)" '' 'what prism found fault with in Workers KV'

# It does find faults: a body without its value, and one of another type.
# status_of TYPE BODY
status_of()
{
	curl -sS -m 10 -o answer -w '%{http_code}' -X PUT -H "Authorization: Bearer $token" \
		-H "Content-Type: $1" -d "$2" "$api/accounts/$account/workers/scripts/$production/secrets"
}
good='{"name": "A", "text": "v", "type": "secret_text"}'
expect_equal "$(status_of application/json "$good")" 200 'the answer to a good body'
expect_equal "$(violations)" '' 'what prism found fault with in a good body'
expect_equal "$(status_of application/json '{"name": "A", "type": "secret_text"}')" 422 \
	'the answer to a body without its value'
has_message prism.log "Violation: request.body .*'text'"
expect_equal "$(status_of text/plain "$good")" 415 'the answer to a body of another type'
[ -n "$(violations)" ] || fail 'prism did not say what it found fault with'
