#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A configuration, a token file, a `ca_file` or a state directory is refused when mounting if it belongs to
#   another user, or if others could put another in its place: each directory and symbolic link on
#   the way to it has to be the user's or root's, and writable by nobody else but in a sticky directory.
# > A `.dev.vars` file to whose directory others can write is not written: EIO, with the reason in
#   `.errors`.
#
# Links, `..` and what is no file, in each place that the configuration names. Links to a .dev.vars
# file are in dotenv-links.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to be several users"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"

cat >inside.sh <<'INSIDE'
# The build may lie below another user's directory.
mount --bind "$PWD" /mnt
chmod 755 /mnt
cd /mnt
. "$HSXFS_TESTS/lib/common.sh"
here=/mnt
other=23456

emulator_start
config_write
cp -p "$config" good.json
cp "$HSXFS_BUILD/hsxfs" .
mkdir -p mnt

# refused MESSAGE [ARGUMENT...]: not mounted, for this reason, in one line.
refused()
{
	local message=$1

	shift
	expect_status 1 timeout -k 1 10 "$HSXFS_BUILD/hsxfs" "${configuration:-$config}" "$mnt" "$@"
	has_message errors "^hsxfs: .*$message"
	expect_equal "$(wc -l <errors)" 1 "lines of message: $(cat errors)"
	! is_mounted "$mnt" || fail "mounted, not refused: $message"
}

# taken WHERE ORIGINAL: each way in which others could put another file at a path; `give PATH' makes
# the configuration name it.
taken()
{
	local what=$1 original=$2 mine

	mine=$here/place-$what
	mkdir "$mine" "$mine/deep" "$mine/sticky"
	cp -p "$original" "$mine/deep/file"

	# As it should be, also by a link of one's own, and by `..'.
	ln -s ../place-"$what"/deep/../deep/file "$mine/link"
	for path in "$mine/deep/file" "$mine/link" "$mine/deep/../deep/file"; do
		give "$path"
		accepted
	done

	# Another user's file, by its name and by a link.
	cp "$original" "$mine/his"
	chmod 600 "$mine/his"
	chown "$other" "$mine/his"
	ln -s his "$mine/to-his"
	for path in "$mine/his" "$mine/to-his" "$mine/deep/../to-his"; do
		give "$path"
		refused 'belongs to (the|another) user'
	done
	# Another user's link to one's own.
	ln -s deep/file "$mine/his-link"
	chown -h "$other" "$mine/his-link"
	give "$mine/his-link"
	refused 'his-link is another user.s symbolic link'
	# A directory on the way that others can write to, whatever the path says.
	chmod 777 "$mine/deep"
	for path in "$mine/deep/file" "$mine/link" "$mine/deep/../deep/file" "$mine/deep/../his"; do
		give "$path"
		refused 'deep is a directory that others can write to'
	done
	chmod 775 "$mine/deep"
	chgrp "$other" "$mine/deep"
	give "$mine/link"
	refused 'deep is a directory that others can write to'
	# But one's own group.
	chgrp 0 "$mine/deep"
	accepted
	chmod 755 "$mine/deep"
	# In a sticky one it depends on whose it is.
	chmod 1777 "$mine/sticky"
	cp -p "$original" "$mine/sticky/file"
	mkdir "$mine/sticky/his"
	cp -p "$original" "$mine/sticky/his/file"
	chown "$other" "$mine/sticky/his"
	give "$mine/sticky/file"
	accepted
	give "$mine/sticky/his/file"
	refused 'sticky/his belongs to another user'
	# What is no file.
	mkfifo -m 600 "$mine/fifo"
	mknod -m 600 "$mine/device" c 1 5
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$mine/socket"
	ln -s circle "$mine/circle"
	for path in fifo device deep socket circle nothing; do
		give "$mine/$path"
		not_a_file
	done
}

accepted()
{
	hsxfs_mount
	ls "$secrets" >listed
	hsxfs_unmount
}

# ---- the configuration ----

give()
{
	config=$1
}

not_a_file()
{
	refused '(not a regular file|cannot be (opened|trusted)|no such file)'
}

taken configuration good.json

# An ordinary user trusts the directories of others less than root does.
mkdir theirs
cp good.json theirs/file
chown -R "$other" theirs
chown 0 theirs/file
config=$here/theirs/file
accepted
chown 12345 theirs/file
expect_status 1 setpriv --reuid 12345 --regid 12345 --clear-groups ./hsxfs "$config" "$mnt"
has_message errors 'theirs is another user.s directory'
config=$here/config.json

# ---- the token ----

give()
{
	# shellcheck disable=SC2016 # a jq variable
	config_write '.accounts.acct_demo.cloudflare.token = {file: $path}' --arg path "$1"
}

# Without a token one can mount, and nothing of that API works: unless there was one that is not safe.
not_a_file()
{
	local status=0

	timeout -k 1 10 "$HSXFS_BUILD/hsxfs" "$config" "$mnt" 2>errors || status=$?
	has_message errors '^hsxfs: .*cloudflare\.token: .*(no regular file|No such|Too many|cannot be trusted)'
	[ "$status" = 0 ] || return 0
	expect_errno 'open ENOKEY' write "$secrets/NEW" value
	fusermount3 -u "$mnt"
}

taken token token
config_write

# ---- the state directory ----

accepted_state()
{
	hsxfs_mount -o "state=$1"
	hsxfs_unmount
	expect_status 0 test -e "$1/audit.jsonl"
}

mkdir -m 700 state-mine state-his state-parent
chown "$other" state-his
ln -s state-mine state-link
accepted_state "$here/state-mine"
accepted_state "$here/state-parent/../state-link"
accepted_state "$here/state-parent/a/b/c"
expect_equal "$(stat -c %a state-parent/a state-parent/a/b/c | xargs)" '700 700' 'modes of what was made'
ln -s state-his state-to-his
ln -s state-mine state-his-link
chown -h "$other" state-his-link
refused 'belongs to another user' -o "state=$here/state-his"
refused 'belongs to another user' -o "state=$here/state-to-his"
refused 'is another user.s symbolic link' -o "state=$here/state-his-link"
mkdir -m 777 state-open
mkdir -m 1777 state-sticky
for where in state-open state-open/below state-open/../state-mine; do
	refused 'state-open is a directory that others can write to' -o "state=$here/$where"
	[ ! -e "$here/state-open/below" ] || fail 'a directory was made there'
done
refused 'others can write to it' -o "state=$here/state-sticky"
mkdir -m 700 state-sticky/his
chown "$other" state-sticky/his
refused 'his belongs to another user' -o "state=$here/state-sticky/his/below"
touch state-file
refused 'Not a directory' -o "state=$here/state-file"
# Nor is a link followed in it.
cp -p good.json victim
for name in audit.jsonl audit.lock fingerprint.key; do
	rm -rf state-mine/*
	ln -s "$here/victim" "state-mine/$name"
	refused state-mine -o "state=$here/state-mine"
	cmp victim good.json
done

# ---- a ca_file ----

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=private -days 2 -out ca.pem 2>/dev/null
chmod 644 ca.pem
give()
{
	# shellcheck disable=SC2016 # a jq variable
	config_write '.accounts.acct_demo.cloudflare.ca_file = $path' --arg path "$1"
}

not_a_file()
{
	refused 'cloudflare\.ca_file: .*(is not a regular file|No such|Too many)'
}

taken authority ca.pem
chmod 666 ca.pem
give "$here/ca.pem"
refused 'ca_file: .*others can write to it'
ln -s mnt into
give "$here/into/ca.pem"
refused 'is inside the mount point'
config_write

# ---- a .dev.vars file ----

hsxfs_mount
dev=$project/dev/secrets
cp -p dev/.dev.vars before
chmod 777 dev
expect_errno 'write EIO' write "$dev/NEW" value
has_message "$mnt/.errors" 'dev is a directory that others can write to'
expect_errno 'unlink EIO' unlink "$dev/STRIPE_KEY"
cmp before dev/.dev.vars
expect_equal "$(find dev -type f ! -name '*.lock')" dev/.dev.vars 'files that were left'
chmod 755 dev
expect_errno ok write "$dev/NEW" value
# By `..', and by a link to another user's file, which stays his.
hsxfs_unmount
mkdir -p elsewhere/deep
printf 'HIS=1\n' >elsewhere/vars
chown "$other:$other" elsewhere/vars
chmod 600 elsewhere/vars
ln -s ../elsewhere/deep/../vars dev/link
# shellcheck disable=SC2016 # a jq variable
config_write '.accounts.acct_demo.projects["acme-crm"].environments.dev.dotenv = $path' \
	--arg path "$here/elsewhere/../dev/link"
hsxfs_mount
expect_output HIS ls "$dev"
expect_errno ok write "$dev/NEW" value
expect_equal "$(stat -c '%u %a' elsewhere/vars)" "$other 600" 'whose the file is'
hsxfs_unmount

# ---- swapped between the look and the use ----

# Somebody who cannot write to the directories can do nothing; what is looked at is what is read, even where
# the user himself puts something else there.
config_write
mkdir swapped
cat >swap.py <<'PYTHON'
import os, sys
while True:
    for source in ("good", "bad"):
        os.link(f"swapped/{source}", "swapped/new")
        os.rename("swapped/new", "swapped/file")
        # rename(2) of two links to one file leaves both.
        if os.path.exists("swapped/new"):
            os.unlink("swapped/new")
PYTHON
cp -p token swapped/good
echo token-of-another >swapped/bad
chown "$other" swapped/bad
chmod 600 swapped/bad
cp -p swapped/good swapped/file
# shellcheck disable=SC2016 # a jq variable
config_write '.accounts.acct_demo.cloudflare.token = {file: $path}' --arg path "$here/swapped/file"
hsxfs_background python3 swap.py
swapper=$background
mounted=0
for try in {1..60}; do
	if timeout -k 1 10 "$HSXFS_BUILD/hsxfs" "$config" "$mnt" -o ro 2>errors; then
		ls "$secrets" >listed
		fusermount3 -u "$mnt"
		mounted=$((mounted + 1))
	else
		has_message errors 'belongs to another user'
	fi
done
kill "$swapper"
wait "$swapper" || true
echo "mounted $mounted times of $try"
[ "$mounted" -gt 0 ] && [ "$mounted" -lt "$try" ] || fail "mounted $mounted times of $try"
expect_equal "$(curl -s "$admin/requests" | jq '[.[] | select(.status == 401 or .status == 403)] | length')" 0 \
	'requests with another token'
INSIDE
unshare -m --propagation private bash inside.sh
