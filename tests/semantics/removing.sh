#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `rm` removes the secret and answers with the verdict.
# > A name that is known to be gone is ENOENT without a request; where it is not known the API is
#   asked.
# > The fourth removal within 10 s by one session (setsid(2)) is EPERM, wherever in the mount, secrets and
#   flags counted together, and so is every further one until none was tried for 10 s.
# > A name that some of several Workers lack is removed from the others, and the removal succeeds.
#
# What rm answers, the brake's end, and names that one of two Workers lacks.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear

expect_errno 'unlink ENOENT' unlink "$secrets/NOT_THERE"
expect_equal "$(requests)" 0 "requests for what is known to be gone"
rule '{"method": "DELETE", "status": 403, "code": 10000}'
expect_errno 'unlink EACCES' unlink "$secrets/ONLY_HERE"
expect_equal "$(value_of ONLY_HERE)" canary-production-only
expect_errno ok unlink "$secrets/ONLY_HERE"
expect_equal "$(names_of)" "RESEND_API_KEY STRIPE_KEY"
expect_equal "$(requests)" 2 "requests for two removals"

# The refused one counts too. The fourth is not let through; the brake ends 10 s after the last try.
expect_errno ok unlink "$secrets/STRIPE_KEY"
expect_errno 'unlink EPERM' unlink "$secrets/RESEND_API_KEY"
sleep 5
expect_errno 'unlink EPERM' unlink "$secrets/RESEND_API_KEY"
sleep 6
expect_errno 'unlink EPERM' unlink "$secrets/RESEND_API_KEY"
expect_equal "$(requests DELETE)" 3 "removals sent"
sleep 10.2
expect_errno ok unlink "$secrets/RESEND_API_KEY"
hsxfs_unmount

hsxfs_mount
requests_clear
expect_errno 'unlink ENOENT' unlink "$secrets/NOT_THERE"
[ "$(requests)" -ge 1 ] || fail "ENOENT for a name that nobody asked for"
hsxfs_unmount

config_write '.accounts.acct_demo.projects["acme-crm"].environments
	|= (.production.scripts += .staging.scripts | del(.staging))'
curl -sS -f -X PUT -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -o put \
	-d '{"name": "STAGING_ONLY", "text": "v", "type": "secret_text"}' \
	"$api/accounts/$account/workers/scripts/$staging/secrets"
hsxfs_mount
expect_status 0 ls "$secrets"
has_message output STAGING_ONLY
expect_status 0 rm "$secrets/STAGING_ONLY" "$secrets/RESEND_API_KEY"
expect_equal "$(names_of "$staging")" STRIPE_KEY
hsxfs_unmount
