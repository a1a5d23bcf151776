#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > With `-o allow_other` another user may have 256 files and directories of the mount open, 16 of them for
#   writing, and 8 temporary files; more is ENOMEM. All others together have 32 and 16, and whoever mounted
#   is never shut out.
# > However often `.errors` or `.status` is open, each state of it is in memory once.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to be several users"
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"

cat >opens.py <<'END'
import errno
import os
import resource
import sys
import time

# opens.py USER KIND PATH: as many as that user is given, which it prints; they stay open.
user, kind, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
os.setgroups([])
os.setgid(34567)
os.setuid(user)
flags = {"read": os.O_RDONLY, "write": os.O_WRONLY | os.O_TRUNC, "directory": os.O_RDONLY | os.O_DIRECTORY,
         "temporary": os.O_RDWR | os.O_CREAT | os.O_EXCL}[kind]
count = 0
why = "no limit"
while count < 2000:
    try:
        os.open(path + (f"/t{user}-{count}" if kind == "temporary" else ""), flags)
    except OSError as error:
        why = errno.errorcode[error.errno]
        break
    count += 1
print(count, why, flush=True)
time.sleep(60)
END

# The mount has to be in a place that others can reach.
cat >inside.sh <<'SCRIPT'
. "$HSXFS_TESTS/lib/common.sh"
mount -t tmpfs -o mode=755 tmpfs /mnt
mnt=/mnt/mnt
project=$mnt/acct_demo/acme-crm
secrets=$project/production/secrets

# expect_opens LINE USER KIND PATH
expect_opens()
{
	rm -f opened
	hsxfs_background python3 opens.py "$2" "$3" "$4" >opened
	openers+=("$background")
	wait_until 30 has_a_line opened
	expect_equal "$(cat opened)" "$1" "what user $2 could open ($3)"
}

end_opens()
{
	kill -KILL "$background"
	wait "$background" || true
	openers=()
}

resident()
{
	awk '/VmRSS/ {print $2}' "/proc/$daemon/status"
}

openers=()
emulator_start
config_write
hsxfs_mount -o allow_other,umask=022
for i in {1..300}; do
	mkdir "$mnt/a-long-name-that-makes-a-long-line-$i" 2>/dev/null || true
done
expect_opens '256 ENOMEM' 23456 read "$mnt/.errors"
cat "$mnt/.errors" >/dev/null
end_opens
expect_opens '256 ENOMEM' 23456 directory "$secrets"
ls "$secrets" >/dev/null
end_opens

# As many as one likes, of him who mounted, and of one state one copy.
before=$(resident)
expect_opens '2000 no limit' 0 read "$mnt/.errors"
after=$(resident)
# AddressSanitizer keeps what is freed.
[ $((after - before)) -lt 16384 ] || grep -qF __asan_init "$HSXFS_BUILD/hsxfs" ||
	fail "grew by $((after - before)) KiB"
end_opens
hsxfs_unmount

hsxfs_mount -o allow_other,umask=0
expect_opens '16 ENOMEM' 23456 write "$secrets/STRIPE_KEY"
expect_opens '16 ENOMEM' 23457 write "$secrets/STRIPE_KEY"
expect_opens '0 ENOMEM' 23458 write "$secrets/STRIPE_KEY"
expect_opens '8 ENOMEM' 23459 temporary "$secrets"
expect_opens '8 ENOMEM' 23460 temporary "$secrets"
expect_opens '0 ENOMEM' 23461 temporary "$secrets"
echo mine >"$secrets/STRIPE_KEY"
expect_equal "$(value_of STRIPE_KEY)" mine
echo mine >"$secrets/.temporary"
mv "$secrets/.temporary" "$secrets/STRIPE_KEY"
kill -KILL "${openers[@]}"
wait "${openers[@]}" || true
hsxfs_unmount
SCRIPT
unshare -m --propagation private bash inside.sh
