#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > With `-o allow_other` a new secret in a directory that was not listed yet is one request of whoever hsxfs can
#   see; for anybody else the directory is listed first, and O_EXCL is right.
#
# With allow_other the kernel checks the modes before it opens: in a directory that nobody has listed yet, and
# in one of which the listing is old, several users make new secrets all the same.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to be several users"
[ -e /etc/fuse.conf ] || skip "there is no /etc/fuse.conf"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"

# In a mount namespace of its own, on /mnt, which others can reach.
cat >inside.sh <<'SCRIPT'
. "$HSXFS_TESTS/lib/common.sh"
mount -t tmpfs -o mode=755 tmpfs /mnt
mnt=/mnt/mnt
install -m 755 "$HSXFS_TESTS/lib/errno.py" /mnt/errno.py
secrets=$mnt/acct_demo/acme-crm/production/secrets
stranger=(setpriv --reuid 23456 --regid 34567 --clear-groups)
emulator_start
config_write
number=0

# sets [USER...] -- COMMAND...: the command finds the value on its standard input and the name in NAME; what
# was listed before is too old when it is over.
sets()
{
	local user=()

	while [ "$1" != -- ]; do
		user+=("$1")
		shift
	done
	shift
	number=$((number + 1))
	expect_status 0 env "NAME=$secrets/NEW_$number" "${user[@]}" "$@" <<<"value-$number"
	expect_equal "$(value_of "NEW_$number")" "value-$number" "$*"
	sleep 0.4
}

# in_shells [USER...]: the first finds a mount that has listed nothing yet.
in_shells()
{
	local shell

	for shell in bash dash zsh 'busybox sh'; do
		command -v "${shell%% *}" >/dev/null || continue
		sets "$@" -- $shell -c 'read -r value; echo "$value" >"$NAME"'
	done
	sets "$@" -- tee "$secrets/NEW_$((number + 1))"
}

for options in allow_other allow_other,umask=000; do
	hsxfs_mount -o "$options,ttl=0.3"
	requests_clear
	in_shells
	# What root wants is seen here, so that nothing is asked.
	expect_equal "$(requests)" "$(requests PUT)" "requests"
	hsxfs_unmount
done
hsxfs_mount -o allow_other,umask=000,ttl=0.3
in_shells "${stranger[@]}"
hsxfs_unmount

# What exists is not taken for new, and what does not exist not for there.
for user in root stranger; do
	who=()
	[ "$user" = root ] || who=("${stranger[@]}")
	for wanted in 'open EEXIST:exclusive:STRIPE_KEY' 'ok:exclusive:NEW_'"$user" 'stat ENOENT:stat:ABSENT' \
		'read ENOENT:read:ABSENT' 'ok:write:STRIPE_KEY'; do
		IFS=: read -r outcome call name <<<"$wanted"
		hsxfs_mount -o allow_other,umask=000
		argument=()
		[[ $call != [ew]* ]] || argument=(a-value)
		expect_output "$outcome" "${who[@]}" python3 /mnt/errno.py "$call" "$secrets/$name" \
			"${argument[@]}"
		hsxfs_unmount
	done
done
# Whom the modes let look only makes nothing.
hsxfs_mount -o allow_other,umask=022
requests_clear
expect_failure "${stranger[@]}" bash -c 'echo key >"$1"' - "$secrets/HIS"
expect_failure "${stranger[@]}" bash -c 'echo key >"$1"' - "$secrets/STRIPE_KEY"
expect_equal "$(requests P\*)" 0 "requests to change"
hsxfs_unmount

# An ordinary user's mount, and root on it, whom hsxfs cannot look at.
echo user_allow_other >fuse.conf
mount --bind fuse.conf /etc/fuse.conf
cat >as-user.sh <<'END'
. "$HSXFS_TESTS/lib/common.sh"
emulator_start
config_write
hsxfs_mount -o allow_other,umask=000,ttl=0.3
expect_status 0 bash -c 'echo his >"$1"' - "$secrets/HIS"
expect_equal "$(value_of HIS)" his
sleep 0.4
touch ready
wait_until 20 test -e written
expect_equal "$(value_of ROOTS)" root
sleep 0.4
expect_status 0 sh -c 'echo again >"$1"' - "$secrets/AGAIN"
expect_equal "$(value_of AGAIN)" again
touch seen
hsxfs_unmount
END
hsxfs_background as_user as-user.sh
user=$background

inside()
{
	nsenter --mount="/proc/$shell/ns/mnt" "$@"
}

is_there()
{
	shell=$(pgrep -u 12345 -f 'bash /mnt/script' | head -n 1) && inside test -e "/mnt/home/$1"
}

wait_until 20 is_there ready
expect_status 0 inside bash -c 'echo root >"$1"' - /mnt/home/mnt/acct_demo/acme-crm/production/secrets/ROOTS
inside touch /mnt/home/written
wait "$user"
SCRIPT
unshare -m --propagation private bash inside.sh
