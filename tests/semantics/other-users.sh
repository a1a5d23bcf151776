#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > With `-o allow_other` the modes decide for others, as on a disk; `umask`, `uid` and `gid` set
#   them, and say whose the files are.
# > What another user writes, truncates or closes through a descriptor that he did not open is EACCES, and is not
#   sent; nor does he read a temporary file through it.
#
# Other users, where they are let in, and what they write through a descriptor that they were given.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to be several users"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"

cat >inside.sh <<'INSIDE'
# The build may lie where another user does not reach.
mount --bind "$PWD" /mnt
chmod 755 /mnt
cd /mnt
. "$HSXFS_TESTS/lib/common.sh"
cp "$HSXFS_TESTS/lib/errno.py" .
stranger=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# as_stranger WANTED CALL ARGUMENT...: see errno.py.
as_stranger()
{
	local wanted=$1

	shift
	expect_equal "$("${stranger[@]}" python3 errno.py "$@")" "$wanted" "$1 by another user"
}

emulator_start
config_write
hsxfs_mount -o allow_other
as_stranger 'listdir EACCES' listdir "$mnt"
hsxfs_unmount

hsxfs_mount -o allow_other,umask=022
expect_output '644 0 0' stat -c '%a %u %g' "$secrets/STRIPE_KEY"
expect_output '755 0 0' stat -c '%a %u %g' "$secrets"
expect_output 'hsxfs: write-only secret STRIPE_KEY' "${stranger[@]}" cat "$secrets/STRIPE_KEY"
as_stranger 'open EACCES' write "$secrets/STRIPE_KEY" value
as_stranger 'open EACCES' write "$secrets/NEW" value
as_stranger 'unlink EACCES' unlink "$secrets/STRIPE_KEY"

requests_clear
cat >inherited.py <<'PYTHON'
import errno
import os
import sys


def by_other(call, *arguments):
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        try:
            call(*arguments)
            print(call.__name__, "ok", flush=True)
        except OSError as error:
            print(call.__name__, errno.errorcode[error.errno], flush=True)
        os._exit(0)
    os.waitpid(child, 0)


file = os.open(sys.argv[1], os.O_WRONLY)
by_other(os.write, file, b"value of another\n")
os.write(file, b"two\nlines")
by_other(os.ftruncate, file, 0)
by_other(os.close, file)
by_other(os.fsync, file)

os.chdir(os.path.dirname(sys.argv[1]))
temporary = os.open("sedAbCdEf", os.O_RDWR | os.O_CREAT | os.O_EXCL)
os.write(temporary, b"mine")
by_other(os.pread, temporary, 9, 0)
by_other(os.write, temporary, b"value of another\n")
by_other(os.ftruncate, temporary, 0)
os.rename("sedAbCdEf", "FROM_TEMPORARY")
PYTHON
expect_output $'write EACCES\nftruncate EACCES\nclose EACCES\nfsync EACCES
pread EACCES
write EACCES
ftruncate EACCES' sh -c 'python3 inherited.py "$1" | cat' - "$secrets/ONLY_HERE"
curl -sS -f "$admin/requests" >all
has_no all another
expect_equal "$(value_of ONLY_HERE)" $'two\nlines'
expect_equal "$(value_of FROM_TEMPORARY)" mine
has_message "$mnt/.errors" 'by user 65534 through a file that user 0 opened'
hsxfs_unmount

hsxfs_mount -o allow_other,umask=007,uid=65534,gid=12345
expect_output '660 65534 12345' stat -c '%a %u %g' "$secrets/STRIPE_KEY"
expect_output '770 65534 12345' stat -c '%a %u %g' "$secrets"
as_stranger ok write "$secrets/STRIPE_KEY" by-its-owner
expect_equal "$(value_of STRIPE_KEY)" by-its-owner
hsxfs_unmount
INSIDE
unshare -m --propagation private bash inside.sh
