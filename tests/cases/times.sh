#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Secrets and directories were modified and changed at 1980-01-02T00:00:00Z, also after a write:
#   no age is known.
#
# The API tells no times: the age of a secret is unknown, which is old and never "now", so that
# `find -mtime +90` lists it; and no tool changes that.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount

# is_old FILE...: modified and changed in 1980.
is_old()
{
	local file

	for file in "$@"; do
		expect_output 1980-01-02T00:00:00Z date -u -r "$file" +%FT%TZ
		expect_output "$(stat -c %Y "$file")" stat -c %Z "$file"
	done
}

is_old "$secrets/STRIPE_KEY" "$secrets" "$project" "$mnt"
expect_output "$secrets/STRIPE_KEY" find "$secrets" -type f -mtime +90 -name STRIPE_KEY
echo new >"$secrets/STRIPE_KEY"
echo new >"$secrets/NEW"
is_old "$secrets/STRIPE_KEY" "$secrets/NEW" "$secrets"
expect_status 0 touch -d 2001-01-01 "$secrets/STRIPE_KEY"
expect_status 0 touch "$secrets/STRIPE_KEY"
is_old "$secrets/STRIPE_KEY"
hsxfs_unmount
hsxfs_mount
is_old "$secrets/STRIPE_KEY" "$secrets/NEW" "$secrets"
hsxfs_unmount
