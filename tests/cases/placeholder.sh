#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# However the line that a read gives is edited, it becomes no value: the old one stays, and nothing is
# sent.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
S=$secrets/STRIPE_KEY
export S

# refused DIRECTORY STATUS: every edit of the file S in it; STATUS is a pattern.
refused()
{
	local command

	S=$1/STRIPE_KEY
	while read -r command; do
		requests_clear
		hsxfs_run timeout 20 bash -c "$command"
		# shellcheck disable=SC2053 # a pattern
		[[ $status = $2 ]] || fail "exit status $status of $command"
		expect_equal "$(requests P\*)" 0 "what was sent by $command"
		expect_output 'hsxfs: write-only secret STRIPE_KEY' cat "$S"
	done <<-'END'
		sed -i 's/^/export /' "$S"
		sed -i '1i new' "$S"
		sed -i '$a new' "$S"
		sed -i 's/^hsxfs: //' "$S"
		sed -i 's/hsxfs/x/' "$S"
		sed -i 's/hsxfs: /KEY=/' "$S"
		sed -i 's/STRIPE/OTHER/' "$S"
		sed -i 's/ secret / value /' "$S"
		sed -i 's/.*/"&"/' "$S"
		perl -pi -e 's/hsxfs: //' "$S"
		perl -pi -e 's/^/KEY=/' "$S"
		printf '#%s\n' "$(cat "$S")" >"$S"
		printf '%s\n%s\n' "$(cat "$S")" new >"$S"
		text=$(cat "$S"); echo "{\"a\": \"$text\"}" >"$S"
		text=$(cat "$S"); echo "${text#hsxfs: }" >"$S"
		text=$(cat "$S"); printf '%s' "  $text" >"$S"
		cp "$S" "${S%_KEY}_COPY"
		cat "$S" | tee "$S" >/dev/null
	END
}

hsxfs_mount
refused "$secrets" '[1-9]*'
expect_equal "$(value_of STRIPE_KEY)" canary-production-stripe
refused "$project/dev/secrets" '[1-9]*'
expect_equal "$(cat dev/.dev.vars)" 'STRIPE_KEY="canary-dev-stripe"' "the .dev.vars file"
# What only speaks of one is an honest value.
for text in 'my write-only secret key' 'write-only secret STRIPE_KEY_2' 'a write-only secret '; do
	expect_errno ok write "$secrets/STRIPE_KEY" "${text}x"
	expect_equal "$(value_of STRIPE_KEY)" "${text}x"
done
echo canary-production-stripe >"$secrets/STRIPE_KEY"
has_message "$mnt/.errors" 'the line that a read of a secret gives'
expect_equal "$(names_of)" "ONLY_HERE RESEND_API_KEY STRIPE_KEY"
hsxfs_unmount

# With commit=close it is the close that fails, which printf and echo do not look at.
hsxfs_mount -o commit=close,newline=keep
refused "$secrets" '*'
expect_equal "$(value_of STRIPE_KEY)" canary-production-stripe
hsxfs_unmount
