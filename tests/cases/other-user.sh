#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What another user writes through a descriptor that he was handed is refused, and without allow_other
# nobody but the user who mounted sees the tree.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to be several users"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"
stranger=(setpriv --reuid 23456 --regid 23456 --clear-groups)

# Root mounts and opens, somebody else writes.
emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear
for name in STRIPE_KEY NEW; do
	for command in 'echo key' 'printf %s "{not whole"'; do
		# shellcheck disable=SC2016 # for the other bash
		expect_status 1 bash -c '"${@:3}" bash -c "$2" >"$1"' - "$secrets/$name" "$command" \
			"${stranger[@]}"
		has_message errors 'Permission denied'
	done
	grep "\"write\",\"path\":\"[^\"]*/$name\",\"errno\":\"EACCES\"" "$mnt/.errors" >lines
	expect_equal "$(wc -l <lines)" 2 "lines in .errors"
	has_message lines 'user 23456 .*user 0 opened.*"advice"'
done
# Nor does he send by a close what root had written and not yet sent.
expect_status 0 bash -c '{ printf "{half"; "${@:2}" true; } >"$1"' - "$secrets/HALF" "${stranger[@]}"
expect_equal "$(value_of HALF)" '{half'
expect_equal "$(requests P\*)" 1 "requests but for that of the user who opened"
expect_equal "$(names_of)" "HALF ONLY_HERE RESEND_API_KEY STRIPE_KEY"
expect_equal "$(value_of STRIPE_KEY)" canary-production-stripe
hsxfs_unmount

# An ordinary user mounts and opens, and a set-uid program of root writes.
cat >as-user.sh <<'SCRIPT'
. "$HSXFS_TESTS/lib/common.sh"
emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear
touch ready
wait_until 10 test -u root-echo
for name in NEW STRIPE_KEY; do
	expect_status 1 bash -c './root-echo key >"$1"' - "$secrets/$name"
	has_message errors 'Permission denied'
	has_message "$mnt/.errors" "/$name\",\"errno\":\"EACCES\".*user 0 .*user 12345 opened"
done
# As the advice says.
expect_status 0 bash -c './root-echo key | tee "$1" >output' - "$secrets/PIPED"
expect_equal "$(requests P\*)" 1 requests
expect_equal "$(value_of PIPED)" key
expect_equal "$(names_of)" "ONLY_HERE PIPED RESEND_API_KEY STRIPE_KEY"
touch written
wait_until 10 test -e seen
hsxfs_unmount
SCRIPT
hsxfs_background as_user as-user.sh
user=$background

# inside COMMAND...: as root, where the ordinary user's mount is.
inside()
{
	nsenter --mount="/proc/$shell/ns/mnt" "$@"
}

is_there()
{
	shell=$(pgrep -u 12345 -f 'bash /mnt/script' | head -n 1) && inside test -e "/mnt/home/$1"
}

wait_until 10 is_there ready
inside cp "$(type -P echo)" /mnt/home/root-echo
inside chmod 4755 /mnt/home/root-echo
wait_until 10 is_there written
for who in root stranger; do
	command=(inside)
	[ "$who" = root ] || command+=("${stranger[@]}")
	expect_status 0 "${command[@]}" ls /mnt/home
	expect_failure "${command[@]}" ls /mnt/home/mnt
	has_message errors 'Permission denied'
	expect_failure "${command[@]}" bash -c 'echo key >/mnt/home/mnt/acct_demo/acme-crm/production/secrets/NEW'
	has_message errors 'Permission denied'
done
inside touch /mnt/home/seen
wait "$user"
