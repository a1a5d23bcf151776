#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A process that has read a secret removes it within 60 s no more: EPERM. So `mv` to another file system, `rsync
#   --remove-source-files` and `tar --remove-files` fail and keep the value; `rm` reads nothing. A flag is removed.
#
# What moves files out of the mount keeps the secrets, whatever tool it is.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

for number in {1..80}; do
	echo "\"S$number\": \"value-$number\","
done >many
plane_start '.accounts[].scripts |= map_values(.secrets += ("{" + $many + "}" | fromjson))' \
	--arg many "$(paste -s -d '' many | sed 's/,$//')"
plane_config
hsxfs_mount -o rm=free
all=$(names_of)
mkdir out

# keeps COMMAND...: it fails, and every secret is there still.
keeps()
{
	requests_clear
	expect_failure "$@"
	has_message errors 'ermission denied|not permitted'
	expect_equal "$(requests DELETE)" 0 "removals by $*"
	expect_equal "$(names_of)" "$all" "after $*"
	grep '"unlink"' "$mnt/.errors" | tail -n 1 >last
	has_message last '"errno":"EPERM".*its value cannot be moved: rm removes it'
}

keeps mv "$secrets/STRIPE_KEY" out/
keeps mv "$secrets" out/moved
keeps python3 -c 'import shutil, sys; shutil.move(*sys.argv[1:])' "$secrets/STRIPE_KEY" out/python
keeps python3 -c 'import sys, threading, os
def read():
    open(sys.argv[1]).read()
    done.set()
    threading.Event().wait(5)
done = threading.Event()
threading.Thread(target=read, daemon=True).start()
done.wait()
os.unlink(sys.argv[1])' "$secrets/STRIPE_KEY"
if command -v rsync >/dev/null; then
	keeps rsync --remove-source-files "$secrets/STRIPE_KEY" out/rsync
	keeps rsync -a --remove-source-files "$secrets/" out/all/
fi
if command -v tar >/dev/null; then
	keeps tar -c --remove-files -f out/one.tar -C "$secrets" STRIPE_KEY
	keeps tar -c --remove-files -f out/all.tar -C "$secrets" .
fi
if command -v busybox >/dev/null; then
	keeps busybox mv "$secrets/STRIPE_KEY" out/busybox
fi
if command -v node >/dev/null; then
	keeps node -e 'const fs = require("fs"), [from, to] = process.argv.slice(1)
		fs.promises.copyFile(from, to).then(() => fs.promises.unlink(from))' "$secrets/STRIPE_KEY" out/node
fi
# What other processes have read can be removed, and is.
expect_status 0 bash -c 'cat "$1" && grep -q hsxfs "$1" && rm "$1"' - "$secrets/S1"
expect_status 0 bash -c 'read -r line <"$1"; rm "$1"; :' - "$secrets/S2"
# A file of the same name elsewhere was not read by it.
expect_status 0 python3 -c 'import os, sys; open(sys.argv[1]).read(); os.unlink(sys.argv[2])' \
	"$project/staging/secrets/STRIPE_KEY" "$secrets/STRIPE_KEY"
expect_equal "$(value_of STRIPE_KEY || echo none)" none

# A flag shows all of itself, so that it can be moved.
expect_status 0 mv "$flags/new-pricing" out/
has_message out/new-pricing '"state"'
[ ! -e "$flags/new-pricing" ] || fail "the flag is there still"
hsxfs_unmount
