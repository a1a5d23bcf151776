#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
# NEVER-SKIP
# PLAIN-ONLY: wrangler and the emulator alone, no hsxfs
#
# The emulator is held to the real protocol: wrangler, unchanged, has to get its work done.

# shellcheck source=tests/lib/common.sh
. "$HSXFS_TESTS/lib/common.sh"

emulator_start
export CLOUDFLARE_API_BASE_URL=$api CLOUDFLARE_API_TOKEN=$token CLOUDFLARE_ACCOUNT_ID=$account

# wrangler ARGUMENT...: with the files output and errors, as a case's commands have.
wrangler()
{
	local status=0

	"$HSXFS_TESTS/clients/wrangler.sh" "$@" >output 2>errors || status=$?
	[ "$status" != 77 ] || skip "$(sed -n 's/^skipped: //p' output)"
	return "$status"
}

works()
{
	wrangler "$@" || fail "wrangler $* ended with $?: $(tail -n 20 output errors)"
}

listed()
{
	works secret list --name "${1:-$production}"
	jq -r '[.[].name] | sort | join(" ")' output
}

# script FILTER [NAME]: what the emulator holds.
script()
{
	curl -sS -f -m 10 "$admin/state" |
		jq -cr --arg a "$account" --arg s "${2:-$production}" ".accounts[\$a].scripts[\$s] | $1"
}

works whoami
has_message output 'Demo'
has_message output "$account"

# One by one.
works secret put NEW_KEY --name "$production" <<<'new value'
expect_equal "$(value_of NEW_KEY)" 'new value' 'the value that wrangler set'
expect_equal "$(script .versions)" 2 'the versions after a put'
expect_equal "$(script .deployments)" 2 'the deployments after a put'
expect_equal "$(listed)" 'NEW_KEY ONLY_HERE RESEND_API_KEY STRIPE_KEY' 'the list'
has_no output 'canary' 'new value'
works secret delete NEW_KEY --name "$production"
expect_equal "$(names_of)" 'ONLY_HERE RESEND_API_KEY STRIPE_KEY' 'what is left'
if wrangler secret delete NEW_KEY --name "$production"; then
	fail 'a secret could be deleted twice'
fi
has_message errors '10056'

# Several at once: two come, one goes, in one version.
before=$(script .versions)
printf '{"A": "1", "B": "two\\nlines", "ONLY_HERE": null}' >bulk.json
works secret bulk bulk.json --name "$production"
expect_equal "$(script .secrets.B)" $'two\nlines' 'a value of two lines'
expect_equal "$(listed)" 'A B RESEND_API_KEY STRIPE_KEY' 'the list after the bulk'
expect_equal "$(script .versions)" $((before + 1)) 'the versions after a bulk of three'
expect_equal "$(requests PATCH '*/secrets-bulk')" 1 'the requests of a bulk'

works deployments list --name "$production"
expect_equal "$(grep -c '^Created:' output)" 4 'the deployments that wrangler shows'

# A version that is not deployed: its secrets are not live, and it locks all others out.
works versions secret put STAGED --name "$production" <<<'staged value'
expect_equal "$(script .latest.STAGED)" 'staged value' 'the staged value'
expect_equal "$(script .secrets.STAGED)" null 'the staged value, deployed'
works versions secret list --name "$production"
expect_equal "$(sed -n 's/^Secret Name: //p' output | sort | tr '\n' ' ')" \
	'A B RESEND_API_KEY STRIPE_KEY ' 'the secrets of the deployed version'
if wrangler secret put LATE --name "$production" <<<'late'; then
	fail 'a secret could be set over a version that is not deployed'
fi
has_message errors 'versions secret put'
expect_equal "$(script .secrets.LATE)" null 'the refused value'
expect_equal "$(script .undeployed)" true 'the newest version'

# wrangler makes a new Worker of a typo, and is content.
expect_equal "$(script . typo-of-a-name)" null 'a script with that name'
works secret put STRIPE_KEY --name typo-of-a-name <<<'lost'
expect_equal "$(script .secrets.STRIPE_KEY typo-of-a-name)" lost 'the value on the new script'
expect_equal "$(requests PUT '*/scripts/typo-of-a-name')" 1 'the uploads of a script'

# A token that is refused.
if CLOUDFLARE_API_TOKEN=wrong wrangler secret list --name "$production"; then
	fail 'a wrong token was good enough'
fi
has_message errors '10000|uthentication'
