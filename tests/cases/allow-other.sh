#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# -o allow_other lets others in as far as the modes go, which umask=, uid= and gid= say; an ordinary
# user may give it only where /etc/fuse.conf says so.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to be several users"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"

# The mount has to be in a place that others can reach: in a mount namespace of its own, on /mnt.
cat >inside.sh <<'SCRIPT'
. "$HSXFS_TESTS/lib/common.sh"
mount -t tmpfs -o mode=755 tmpfs /mnt
mnt=/mnt/mnt
project=$mnt/acct_demo/acme-crm
secrets=$project/production/secrets
stranger=(setpriv --reuid 23456 --regid 34567 --clear-groups)
emulator_start
config_write

# modes DIRECTORIES FILES OWNER: of everything that root sees.
modes()
{
	expect_equal "$(find "$mnt" -type d -printf '%m %U:%G\n' | sort -u)" "$1 $3" directories
	expect_equal "$(find "$mnt" -type f -printf '%m %U:%G\n' | sort -u)" "$2 $3" files
}

hsxfs_mount
expect_failure "${stranger[@]}" ls "$mnt"
has_message errors 'Permission denied'
hsxfs_unmount

# Without umask= the modes keep him out, and allow_other alone changes nothing.
hsxfs_mount -o allow_other
modes 700 600 0:0
expect_failure "${stranger[@]}" ls "$mnt"
hsxfs_unmount

hsxfs_mount -o allow_other,umask=022
modes 755 644 0:0
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' "${stranger[@]}" ls "$secrets"
expect_output 'hsxfs: write-only secret STRIPE_KEY' "${stranger[@]}" cat "$secrets/STRIPE_KEY"
requests_clear
for name in STRIPE_KEY NEW; do
	expect_failure "${stranger[@]}" bash -c 'echo key >"$1"' - "$secrets/$name"
	has_message errors 'Permission denied'
done
expect_failure "${stranger[@]}" rm -f "$secrets/STRIPE_KEY"
expect_equal "$(requests P\*)$(requests DELETE)" 00 requests
expect_errno ok write "$secrets/STRIPE_KEY" key
hsxfs_unmount

# To whom it is given writes, removes, and nobody else.
hsxfs_mount -o allow_other,uid=23456,gid=34567,umask=077
modes 700 600 23456:34567
expect_status 0 "${stranger[@]}" bash -c 'echo his >"$1"' - "$secrets/HIS"
expect_equal "$(value_of HIS)" his
expect_status 0 "${stranger[@]}" rm "$secrets/HIS"
expect_failure setpriv --reuid 12345 --regid 12345 --clear-groups ls "$mnt"
hsxfs_unmount
hsxfs_mount -o gid=34567,umask=027
modes 750 640 0:34567
hsxfs_unmount

# Where the user may not give it, fusermount3 says so, and hsxfs ends with 1.
touch fuse.conf
mount --bind fuse.conf /etc/fuse.conf
cat >as-user.sh <<'END'
. "$HSXFS_TESTS/lib/common.sh"
emulator_start
config_write
mkdir mnt
expect_status "$1" timeout 20 "$HSXFS_BUILD/hsxfs" "$config" "$mnt" -o allow_other
if [ "$1" = 0 ]; then
	expect_status 0 ls "$secrets"
	fusermount3 -u mnt
else
	has_message errors user_allow_other
	has_message errors 'could not be mounted'
	! is_mounted "$mnt" || fail "mounted all the same"
fi
END
as_user as-user.sh 1
rm -r as-user
echo user_allow_other >fuse.conf
as_user as-user.sh 0
SCRIPT
[ -e /etc/fuse.conf ] || skip "there is no /etc/fuse.conf"
unshare -m --propagation private bash inside.sh
