#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > What another user writes, truncates or closes through a descriptor that he did not open is EACCES, and is not
#   sent; nor does he read a temporary file through it.
# > A descriptor of the mount that is passed to another user, or that he finds in /proc, opens nothing for him:
#   opening it anew and fstat(2) are EACCES.
# > A user namespace makes nobody another user: its root is who made it, and is refused as he is.
# > Nobody but root can trace the daemon or the keeper, or read their memory, environment or descriptors,
#   the user who mounted included: EPERM and EACCES.
#
# Another user, with a descriptor passed over a socket, in /proc, and as root of a user namespace;
# set-uid programs and root where an ordinary user mounted are in other-user.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to be several users"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"

all_eacces=$'stat EACCES\nlist EACCES\nread EACCES\nwrite EACCES\nerrors EACCES\naudit EACCES'
traced=$'mem EACCES\nmaps EACCES\nenviron EACCES\nauxv EACCES\nsyscall EACCES\nio EACCES
exe EACCES\ncwd EACCES\nroot EACCES\nfd EACCES
attach EPERM\nseize EPERM\nprocess_vm_readv EPERM\npidfd_getfd EPERM'
taken=$'fstat EACCES\nwrite EACCES\nopen for writing anew EACCES\nopen for reading anew EACCES
truncate EACCES\nchmod EACCES\nreads b\'hsxfs: write-only secret STRIPE_KEY\\n\'\nfsync ok\nclose ok'
export all_eacces traced taken

# ---- root mounts ----

cat >inside.sh <<'INSIDE'
# The build may lie where another user does not reach.
mount --bind "$PWD" /mnt
chmod 755 /mnt
cd /mnt
. "$HSXFS_TESTS/lib/common.sh"
cp "$HSXFS_TESTS/lib/intruder.py" .
stranger=(setpriv --reuid 23456 --regid 23456 --clear-groups)
as_root_of_namespace=("${stranger[@]}" unshare -U -r)

emulator_start
config_write
hsxfs_mount
keeper=$(pgrep -P "$daemon" hsxfs-keeper)
ls "$secrets" >listed
requests_clear

expect_output "$all_eacces" "${stranger[@]}" python3 intruder.py visit "$mnt"
for pid in "$daemon" "$keeper"; do
	expect_output "$traced" "${stranger[@]}" python3 intruder.py trace "$pid"
	expect_output 'kill EPERM' "${stranger[@]}" python3 intruder.py signal_it "$pid"
done

# Root of a user namespace that the stranger made, also in a mount namespace of its own.
namespaces=no
if [ "$("${as_root_of_namespace[@]}" id -u 2>&1)" = 0 ]; then
	namespaces=yes
	for more in '' -m; do
		# shellcheck disable=SC2086 # nothing, or one word
		expect_output "$all_eacces" "${as_root_of_namespace[@]}" $more python3 intruder.py visit "$mnt"
	done
	expect_output "$traced" "${as_root_of_namespace[@]}" python3 intruder.py trace "$daemon"
fi
# Root remains root in one, and may then what root may.
expect_output ONLY_HERE sh -c 'unshare -U ls "$1" | head -n 1' - "$secrets"

# A descriptor passed over a socket.
pass()
{
	hsxfs_background python3 intruder.py give /mnt/socket "$secrets/STRIPE_KEY"
	wait_until 10 test -S /mnt/socket
	expect_output "$taken" "$@" python3 intruder.py take /mnt/socket
	wait "$background"
	rm /mnt/socket
	grep -c 'by user 23456 through a file that user 0 opened' "$mnt/.errors" >lines
}

pass "${stranger[@]}"
[ "$(cat lines)" = 1 ] || fail "lines in .errors: $(cat lines)"
if [ "$namespaces" = yes ]; then
	pass "${as_root_of_namespace[@]}"
	[ "$(cat lines)" = 2 ] || fail "lines in .errors: $(cat lines)"
fi

# One that another process has open.
hsxfs_background python3 intruder.py hold "$secrets/STRIPE_KEY" /mnt/held
wait_until 10 has_a_line /mnt/held
read -r pid number </mnt/held
expect_output 'open EACCES' "${stranger[@]}" python3 intruder.py reopen "$pid" "$number"
kill "$pid"
wait "$pid" || true

expect_equal "$(requests P\*)" 0 'what was sent'
expect_equal "$(value_of STRIPE_KEY)" canary-production-stripe
hsxfs_unmount

# Where others are let in, root of their namespace has their rights and no more.
[ "$namespaces" = yes ] || exit 0
hsxfs_mount -o allow_other,umask=022
expect_output $'stat ok\nlist ok\nread ok\nwrite EACCES\nerrors ok\naudit EACCES' \
	"${as_root_of_namespace[@]}" python3 intruder.py visit "$mnt"
hsxfs_unmount
INSIDE
unshare -m --propagation private bash inside.sh

# ---- an ordinary user mounts ----

cat >as-user.sh <<'SCRIPT'
. "$HSXFS_TESTS/lib/common.sh"
emulator_start
config_write
hsxfs_mount
keeper=$(pgrep -P "$daemon" hsxfs-keeper)
# Nor does the user who mounted get at the daemon, or root of a namespace that he made.
for pid in "$daemon" "$keeper"; do
	expect_output "$traced" python3 "$HSXFS_TESTS/lib/intruder.py" trace "$pid"
	if [ "$(unshare -U -r id -u 2>&1)" = 0 ]; then
		expect_output "$traced" unshare -U -r python3 "$HSXFS_TESTS/lib/intruder.py" trace "$pid"
	fi
done
# That one is himself, under another name.
if [ "$(unshare -U -r id -u 2>&1)" = 0 ]; then
	# shellcheck disable=SC2016 # for the other shell
	expect_status 0 unshare -U -r -m sh -c 'echo from-inside >"$1"' - "$secrets/STRIPE_KEY"
	expect_equal "$(value_of STRIPE_KEY)" from-inside
	expect_equal "$(jq -r 'select(.kind == "intent").uid' "$journal")" 12345 'who wrote'
fi
hsxfs_unmount
SCRIPT
as_user as-user.sh
