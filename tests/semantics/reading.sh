#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A read of a secret NAME gives `hsxfs: write-only secret NAME` and a newline, and st_size is the
#   length of that.
# > A read costs no request where the name is known.
# > A value that holds `hsxfs: write-only` anywhere, or `write-only secret NAME` with the secret's own name, is
#   EINVAL, and nothing is sent.
#
# What a read gives, and what it costs.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear

for name in STRIPE_KEY RESEND_API_KEY; do
	expect_output "hsxfs: write-only secret $name" cat "$secrets/$name"
	expect_output "$(wc -c <output)" stat -c %s "$secrets/$name"
	expect_status 0 cmp "$secrets/$name" <(printf 'hsxfs: write-only secret %s\n' "$name")
done
echo a-new-value >"$secrets/STRIPE_KEY"
expect_output "hsxfs: write-only secret STRIPE_KEY" cat "$secrets/STRIPE_KEY"
expect_equal "$(requests)" 1 "requests of all this: the write"

# A value never begins like that line, whoever writes it; one byte less is a value.
expect_errno 'write EINVAL' write "$secrets/NEW" 'hsxfs: write-only secret '
expect_errno 'write EINVAL' write "$secrets/NEW" 'export hsxfs: write-only'
expect_errno 'write EINVAL' write "$secrets/NEW" $'x: write-only secret NEW\n'
expect_errno 'write EINVAL' pieces "$secrets/NEW" $'hsxfs: write-only secret NEW\n' more
expect_errno 'write EINVAL' pieces "$secrets/NEW" $'hsxfs: write-only secret NEW\nmore\n'
expect_equal "$(requests)" 1 "requests of all this"
expect_errno 'write EINVAL' write "$project/dev/secrets/NEW" $'hsxfs: write-only secret NEW\n'
hsxfs_unmount
