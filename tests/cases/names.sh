#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A new secret's name is letters, digits and underscores, at most 255, and begins with no digit;
#   the open of any other is EINVAL, and nothing is sent.
# > A listed name that a file can have is shown, and can be set and removed, whatever characters it
#   has.
# > A listed name that no file can have is not shown; `user.hsxfs.unshown` of `secrets/` counts them
#   and `.errors` names them.
# > A name that belongs to a `secret_key` binding is listed, and an open for writing is EEXIST.
#
# The rule for new names, and names that exist already.

. "$HSXFS_TESTS/lib/common.sh"

jq -n --arg token "$token" --arg account "$account" --arg script "$production" '
	{tokens: [$token], accounts: {($account): {scripts: {($script): {
		secrets: {GOOD: "1", "odd-name": "2", "with space": "3", "%41": "4", "ünï": "5",
			".hidden": "6", "a/b": "7", "2nd": "8"},
		secret_keys: ["SIGNING_KEY"], bindings: {PLAIN: "plain_text"}}}}}}' >seed.json
emulator_start seed.json
config_write
hsxfs_mount -o rm=free

expect_status 0 ls "$secrets"
expect_equal "$(LC_ALL=C sort output | tr '\n' '|')" '%41|2nd|GOOD|SIGNING_KEY|odd-name|with space|ünï|'
expect_output 2 getfattr --only-values -n user.hsxfs.unshown "$secrets"
has_message "$secrets/.errors" 'a/b'
has_message "$secrets/.errors" '\.hidden'

# A listed name can be set and removed, whatever it is.
for name in odd-name 'with space' %41 ünï 2nd; do
	expect_errno ok write "$secrets/$name" "new $name"
	expect_equal "$(value_of "$name")" "new $name"
	expect_errno ok unlink "$secrets/$name"
	[ "$(value_of "$name" || echo none)" = none ] || fail "$name is still there"
done
# As wrangler does, so that the API takes a slash in a name for no end of it.
expect_equal "$(curl -sS "$admin/requests?method=DELETE" | jq -r 'map(.query) | unique | join(" ")')" \
	url_encoded=true "the query of removals"
expect_equal "$(value_of 'a/b')" 7
expect_errno 'open EEXIST' write "$secrets/SIGNING_KEY" key
expect_errno 'write EEXIST' write "$secrets/PLAIN" key

# A new one has to obey the rule.
requests_clear
long=$(printf 'L%.0s' {1..256})
for name in odd-name 'with space' ünï 2nd a.b A~ 'A=B' @; do
	expect_errno 'open EINVAL' write "$secrets/$name" key
done
expect_errno 'open EINVAL' write "$secrets/$long" key
expect_equal "$(requests "P*")" 0 "PUTs of names that are not allowed"
for name in A _ a1 _A9 "${long:1}"; do
	expect_errno ok write "$secrets/$name" "key $name"
	expect_equal "$(value_of "$name")" "key $name"
done

hsxfs_unmount
