#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A directory that its group, the user's own, may write to is not trusted where it has an access control list
#   (POSIX ACL): the bits of the group are then the list's mask.
#
# The list gives another user what `ls -l` shows as the group's.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to become an ordinary user"

cat >inside.sh <<'SCRIPT'
. "$HSXFS_TESTS/lib/common.sh"

# list DIRECTORY: user 65534 may write there, the group may not.
list()
{
	python3 - "$1" <<'END'
import os
import struct
import sys

EVERYBODY = 0xFFFFFFFF
entries = [(1, 7, EVERYBODY), (2, 7, 65534), (4, 0, EVERYBODY), (16, 7, EVERYBODY), (32, 0, EVERYBODY)]
os.setxattr(sys.argv[1], "system.posix_acl_access",
            struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries))
END
}

umask 002
emulator_start
config_write
mkdir place
chmod 600 config.json
mv config.json place/
config=$PWD/place/config.json
printf 'NAME=value\n' >dev/.dev.vars
chmod 600 dev/.dev.vars
chmod 770 place dev

# The user's own group may write there, as on Debian by default.
hsxfs_mount
echo first >"$project/dev/secrets/NAME"
hsxfs_unmount

cp -r place listed
list listed || skip "no access control lists here"
expect_equal "$(stat -c %A listed)" drwxrwx---
expect_status 1 "$HSXFS_BUILD/hsxfs" "$PWD/listed/config.json" "$mnt"
has_message errors 'listed is a directory that others can write to'

hsxfs_mount
list dev
expect_failure bash -c "echo second >'$project/dev/secrets/NAME'"
has_message errors 'Input/output error'
has_message "$mnt/.errors" 'is a directory that others can write to'
has_message dev/.dev.vars first
hsxfs_unmount
SCRIPT
as_user inside.sh
