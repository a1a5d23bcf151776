#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# as_user.sh SCRIPT [ARGUMENT...]: the inside of as_user, in a mount namespace of its own.
# Everything lies under /mnt there, which an ordinary user can reach wherever the build is.
# /dev/fuse is replaced by a node that everybody may open. Privileges are not locked away
# (no_new_privs), since fusermount3 is setuid.

set -eu

script=$(realpath "$1")
shift
place=$PWD/as-user

mkdir -p "$place"
mount -t tmpfs -o mode=755 tmpfs "$place"
mkdir "$place/build" "$place/tests" "$place/home"
mknod "$place/fuse" c 10 229
chmod 666 "$place/fuse"
mount --bind "$place/fuse" /dev/fuse
# fusermount3 wants a name for the user.
{ cat /etc/passwd && echo "ordinary:x:12345:12345::/mnt/home:/bin/sh"; } >"$place/passwd"
chmod 644 "$place/passwd"
mount --bind "$place/passwd" /etc/passwd
mount --bind "$HSXFS_BUILD" "$place/build"
mount --bind "$HSXFS_TESTS" "$place/tests"
if [ -n "${HSXFS_REPORTS:-}" ]; then
	mkdir "$place/reports"
	mount --bind "$HSXFS_REPORTS" "$place/reports"
fi
cp "$script" "$place/script"
chmod 755 "$place/script"
chown 12345:12345 "$place/home"

# Only now, since the build may itself lie under /mnt.
mount --rbind "$place" /mnt
place=/mnt
cd "$place/home"
if [ -n "${HSXFS_REPORTS:-}" ]; then
	export ASAN_OPTIONS=${ASAN_OPTIONS//"$HSXFS_REPORTS"/$place/reports}
	export UBSAN_OPTIONS=${UBSAN_OPTIONS//"$HSXFS_REPORTS"/$place/reports}
	export HSXFS_REPORTS=$place/reports
fi
HOME=$PWD XDG_STATE_HOME=$PWD/state-home HSXFS_BUILD=$place/build HSXFS_TESTS=$place/tests HSXFS_SOURCE=$place \
	exec setpriv --reuid 12345 --regid 12345 --clear-groups bash "$place/script" "$@"
