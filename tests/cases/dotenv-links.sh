#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Links on the way to a .dev.vars file: into the mount itself they are refused and nothing waits for
# itself, another user's is not followed, and one's own is followed and stays a link.
#
# > A link at the place of a `.dev.vars` file may lead, while mounted, to the directory that it led to when
#   mounting, and nowhere else.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
dev=$project/dev/secrets

# refused WHAT: reading and writing end at once with EIO, and the mount lives.
refused()
{
	expect_output 'listdir EIO' timeout -k 1 2 python3 "$HSXFS_TESTS/lib/errno.py" listdir "$dev"
	expect_status 1 timeout -k 1 2 bash -c "echo key >'$dev/NEW'"
	has_message errors 'Input/output error'
	expect_status 0 timeout -k 1 2 ls "$secrets"
	tail -n 1 "$mnt/.errors" >last
	has_message last "\"errno\":\"EIO\".*$2"
}

# Into the mount: to a secret, to a control file, through a directory, and through two links.
hsxfs_mount
requests_clear
mv dev/.dev.vars original
ln -s "$mnt/acct_demo" aside
for target in "$secrets/STRIPE_KEY" "$dev/STRIPE_KEY" "$mnt/.status" "$mnt" ../aside/x ../mnt/nothing; do
	ln -s "$target" dev/.dev.vars
	refused "$target" 'leads into the mount point'
	rm dev/.dev.vars
done
mv dev real
ln -s "$mnt/acct_demo" dev
refused 'through a directory' 'leads into the mount point'
rm dev
mv real dev
ln -s loop-b dev/loop-a
ln -s loop-a dev/loop-b
ln -s loop-a dev/.dev.vars
refused 'in a circle' 'cannot follow'
rm dev/.dev.vars dev/loop-?
expect_equal "$(requests P\*)" 0 "what was sent"
mv original dev/.dev.vars
expect_output STRIPE_KEY ls "$dev"

# One's own, to a directory that it did not lead to when it was mounted.
mv dev/.dev.vars elsewhere
ln -s ../elsewhere dev/middle
ln -s middle dev/.dev.vars
sleep 1.1
refused 'out of the sandbox' 'Permission denied'
hsxfs_unmount

# One's own.
hsxfs_mount
expect_status 0 timeout -k 1 5 bash -c "echo key >'$dev/NEW'"
expect_output $'NEW\nSTRIPE_KEY' ls "$dev"
has_message elsewhere '^NEW='
expect_equal "$(readlink dev/.dev.vars) $(readlink dev/middle)" "middle ../elsewhere"
expect_equal "$(find dev -type f ! -name '*.lock')" "" "files beside the links"
rm dev/.dev.vars
mv elsewhere dev/.dev.vars
hsxfs_unmount

# A path in the configuration that is inside the mount point.
ln -s mnt into
for path in mnt/.dev.vars into/.dev.vars mnt/../mnt/.dev.vars; do
	# shellcheck disable=SC2016 # a jq variable
	config_write '.accounts.acct_demo.projects["acme-crm"].environments.dev.dotenv = $path' \
		--arg path "$PWD/$path"
	expect_status 1 timeout -k 1 5 "$HSXFS_BUILD/hsxfs" "$config" "$mnt"
	has_message errors "dotenv .*$path' is inside the mount point $mnt"
	expect_equal "$(wc -l <errors)" 1 "lines of message"
	! is_mounted "$mnt" || fail "mounted with $path"
done

# Somebody else's link: a secret does not go where he wants it, and nothing of his is taken for ours.
if [ "$(id -u)" = 0 ]; then
	config_write
	printf 'VICTIM=untouched\n' >victim
	cp -p victim victim.before
	for target in ../victim ../not-there "$PWD/victim"; do
		rm -f dev/.dev.vars
		ln -s "$target" dev/.dev.vars
		chown -h 12345:12345 dev/.dev.vars
		hsxfs_mount
		refused "another user's link" "another user's symbolic link"
		hsxfs_unmount
	done
	cmp victim victim.before
	[ ! -e not-there ] || fail "a file was made through another user's link"
	# The same link, now of the user who mounts.
	chown -h 0:0 dev/.dev.vars
	hsxfs_mount
	expect_output VICTIM ls "$dev"
	hsxfs_unmount
fi
