#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
# NEVER-SKIP
# PLAIN-ONLY: AddressSanitizer does not run under valgrind
#
# The main work, with the daemon and its keeper under valgrind: nothing that is not theirs is read or written, no
# decision hangs on what was never set, and nothing is lost at the end, however it comes.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

command -v valgrind >/dev/null || skip 'valgrind is not installed'

# valgrind knows nothing of Landlock.
mkdir programs
ln -s "$HSXFS_BUILD/hsxfs-emulator" "$HSXFS_BUILD/hsxfs-relay" programs/
cat >programs/hsxfs <<-END
	#!/bin/sh
	exec valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \\
		--show-leak-kinds=definite --suppressions="$HSXFS_TESTS/lib/valgrind.supp" \\
		--log-file="$PWD/valgrind.%p" "$HSXFS_BUILD/hsxfs" "\$@" -o sandbox=off
END
chmod +x programs/hsxfs
HSXFS_BUILD=$PWD/programs

# Nothing was said by any process of the mount.
expect_clean()
{
	local said

	for said in valgrind.*; do
		[ ! -s "$said" ] || { cat "$said"; fail "$1: valgrind complains"; }
	done
	rm -f valgrind.*
}

ended_well()
{
	local status=0

	wait "$daemon" || status=$?
	expect_equal "$status" 0 "$1: the daemon's status"
	hsxfs_check_log
	expect_clean "$1"
}

plane_start
plane_config
hsxfs_mount -o rm=free,deadline=60

ls -lR "$mnt" >/dev/null
for name in ONE TWO; do
	printf 'a value\n' >"$secrets/$name"
done
expect_equal "$(value_of ONE)" 'a value'
cat "$secrets/ONE" >/dev/null
{ echo first; echo second; } >"$secrets/TWO"
printf '{"a": [1, 2]}' >"$secrets/JSON"
printf 'scratch' >"$secrets/.new.XX1"
mv "$secrets/.new.XX1" "$secrets/SCRATCH"
rm "$secrets/ONE" "$secrets/SCRATCH"
rule '{"method": "PUT", "status": 400, "code": 10054, "message": "refused", "times": 1}'
expect_status 1 bash -c 'echo again >"$1/TWO"' - "$secrets"
expect_status 1 bash -c 'echo key >"$1/9bad"' - "$secrets"
expect_status 1 bash -c 'echo key >"$1/nowhere/secrets/NAME"' - "$project"
echo local >"$project/dev/secrets/LOCAL"
rm "$project/dev/secrets/LOCAL"
for flag in "$flags"/*; do
	cat "$flag" >/dev/null
	echo disabled >"$flag"
	echo enabled >"$flag"
done
cat "$routes/active" "$routes/previous" >/dev/null
cat "$routes/previous" >"$routes/active"
cat "$installs"/* >/dev/null
getfattr -d -m - -R "$project" >/dev/null
cat "$mnt/.status" "$mnt/.errors" "$mnt/.audit" >/dev/null
kill -HUP "$daemon"
ls "$secrets" "$installs" "$flags" >/dev/null
rule '{"method": "GET", "hang": true, "times": -1}'
kill -HUP "$daemon"
timeout -s INT 2 ls "$secrets" >/dev/null 2>&1 || true
rules_clear
expect_status 0 fusermount3 -u "$mnt"
ended_well 'unmounted'

# What the kernel never closes.
mkdir at-end
export HSXFS_BUILD
(cd at-end && bash "$HSXFS_TESTS/cases/open-at-end.sh")
expect_clean 'open at the end'
