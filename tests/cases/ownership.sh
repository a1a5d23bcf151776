#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > An environment is `dev`, `staging` or `production`; any other name in a project is ENOENT and
#   cannot be made.
# > An environment owns the Workers that the configuration names for it, by their whole names, and
#   no others.
# > An environment that owns nothing has an empty `secrets/`; a write there is EROFS, and `.errors`
#   says why.
#
# An environment without scripts is read-only; nothing but the three environments exists; scripts are
# matched by their whole name.

. "$HSXFS_TESTS/lib/common.sh"

jq -n --arg token "$token" --arg account "$account" --arg script "$production" '
	{tokens: [$token], accounts: {($account): {scripts: {
		($script): {secrets: {A: "a"}}, ($script + "-staging"): {secrets: {B: "b"}},
		($script + "2"): {secrets: {C: "c"}}, "hsx-acct-demo-acme-crm": {secrets: {D: "d"}}}}}}
	' >seed.json
emulator_start seed.json
config_write 'del(.accounts.acct_demo.projects["acme-crm"].environments)'
hsxfs_mount

expect_output $'dev\nproduction\nstaging' ls "$project"
expect_output A ls "$secrets"
expect_output '' ls "$project/staging/secrets"
expect_failure bash -c "echo key > '$project/staging/secrets/X'"
has_message errors 'Read-only file system'
has_message "$project/staging/secrets/.errors" EROFS
expect_failure ls "$project/preview"
has_message errors 'No such file or directory'
expect_failure bash -c "echo key > '$project/preview/secrets/X'"
expect_failure mkdir "$project/preview"
expect_failure mkdir -p "$project/preview/secrets"
expect_failure rmdir "$project/staging"
expect_failure ls "$mnt/acct_other"
expect_failure mkdir "$mnt/acct_other"
echo key >"$secrets/X"
expect_equal "$(names_of "$production")" "A X"
expect_equal "$(names_of "$staging")" B
expect_equal "$(names_of "${production}2")" C
hsxfs_unmount

# Also where nothing could be written anywhere.
hsxfs_mount -o ro
expect_output '' ls "$project/staging/secrets"
has_message "$project/staging/secrets/.errors" '"operation":"list".*staging owns no script'
hsxfs_unmount

# refused FILTER PATTERN: such a configuration is not mounted.
refused()
{
	config_write "$1"
	expect_status 1 "$HSXFS_BUILD/hsxfs" -f "$config" "$mnt"
	has_message errors "$2"
	expect_equal "$(wc -l <errors)" 1 "lines of message"
	is_mounted "$mnt" && fail "mounted"
	return 0
}

environments='.accounts.acct_demo.projects["acme-crm"].environments'
refused "$environments.staging.scripts = $environments.production.scripts" "$production"
refused "$environments.preview = {scripts: [\"hsx-acct-demo-acme-crm-deals-preview\"]}" preview

# The name of a script that only begins alike is a script that does not exist.
config_write "$environments.production.scripts = [\"hsx-acct-demo-acme-crm-deal\"]"
hsxfs_mount
expect_failure bash -c "echo key > '$secrets/X'"
has_message errors 'No such file or directory'
expect_equal "$(names_of "$production")" "A X"
hsxfs_unmount
