#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `rsync -a`, `cp -a`, `tar`, `grep -r` and `diff -r` over a whole mount succeed and see no value.
# > A second `rsync -a` finds nothing to do, in the same mount and in the next.
#
# rsync, cp, tar, grep and diff over the whole mount end as on a plain disk and see no value.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
canaries=(canary- "$token")

expect_status 0 rsync -a "$mnt/" rsynced/
expect_status 0 cp -r "$mnt" copied
expect_status 0 cp -a "$mnt" copied-all
expect_status 0 tar -c -f mount.tar -C "$mnt" .
expect_status 0 tar -x -f mount.tar -C . ./acct_demo
for place in rsynced copied copied-all mount.tar acct_demo; do
	has_no "$place" "${canaries[@]}"
done
expect_output 'hsxfs: write-only secret STRIPE_KEY' \
	cat rsynced/acct_demo/acme-crm/production/secrets/STRIPE_KEY
expect_status 0 diff -r rsynced copied
expect_status 0 diff -r rsynced "$mnt"
expect_output "$(stat -c %s acct_demo/acme-crm/production/secrets/STRIPE_KEY)" \
	stat -c %s "$secrets/STRIPE_KEY"

expect_status 1 grep -r canary- "$mnt"
expect_status 0 grep -r -l 'write-only secret RESEND_API_KEY' "$mnt"
expect_equal "$(wc -l <output)" 2 "files with RESEND_API_KEY"
expect_status 1 diff -r "$project/staging/secrets" "$project/production/secrets"
expect_equal "$(cat output)" "Only in $project/production/secrets: ONLY_HERE"
rm "$secrets/ONLY_HERE"
expect_output '' diff -r "$project/staging/secrets" "$project/production/secrets"

# A second run has nothing to do, in this mount and in the next.
expect_status 0 rsync -a --delete "$mnt/" rsynced/
expect_output '' rsync -ain "$mnt/" rsynced/
hsxfs_unmount
# A file that is as old as its mount would be another age now.
sleep 1.1
hsxfs_mount
expect_output '' rsync -ain --delete "$mnt/" rsynced/
expect_output '' rsync -aincA "$mnt/" rsynced/
hsxfs_unmount
