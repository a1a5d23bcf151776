#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An environment in a .dev.vars file: a write changes one line and leaves the others alone;
# the file has mode 0600, and is not touched while another process holds its lock.
#
# > A write of a `.dev.vars` file that is killed half-way leaves `.dev.vars.hsxfs-new` beside it at most, which the next
#   write or mount removes.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
mkdir dev
cat >dev/.dev.vars <<'END'
# for wrangler dev
FIRST=one
  SPACED = two   # a comment

export QUOTED="three
lines"
LAST='four'
END
cp dev/.dev.vars before
chmod 644 dev/.dev.vars
config_write
hsxfs_mount -o rm=free
requests_clear
dev=$project/dev/secrets

expect_output $'FIRST\nLAST\nQUOTED\nSPACED' ls "$dev"
expect_output 'hsxfs: write-only secret FIRST' cat "$dev/FIRST"
echo changed >"$dev/SPACED"
diff before dev/.dev.vars >difference && fail "nothing was changed"
expect_equal "$(grep -c '^[<>]' difference)" 2 "changed lines"
has_message dev/.dev.vars '^ *SPACED *= *"?changed"?'
expect_output 600 stat -c %a dev/.dev.vars

echo 'a "quoted" $VALUE # with all' >"$dev/NEW"
openssl genpkey -algorithm ed25519 -out "$dev/KEY"
expect_errno ok write "$dev/EQUALS" 'a=b=c'
expect_output $'EQUALS\nFIRST\nKEY\nLAST\nNEW\nQUOTED\nSPACED' ls "$dev"
rm "$dev/QUOTED"
grep -q lines dev/.dev.vars && fail "a line of a removed value is left"
expect_errno 'unlink ENOENT' unlink "$dev/QUOTED"
has_message dev/.dev.vars '^# for wrangler dev$'
has_message dev/.dev.vars "^LAST='four'$"
expect_equal "$(find dev -name '.dev.vars*' ! -name .dev.vars ! -name .dev.vars.lock)" "" "left-overs"

# Seen when somebody else edits it; several writers lose nothing.
echo OUTSIDE=1 >>dev/.dev.vars
wait_until 5 test -e "$dev/OUTSIDE"
writers=()
for number in {1..20}; do
	(echo "v$number" >"$dev/W$number") &
	writers+=("$!")
done
for writer in "${writers[@]}"; do
	wait "$writer"
done
expect_equal "$(grep -c '^W[0-9]*=' dev/.dev.vars)" 20 "values of 20 writers"

# What cannot be stored is refused, and the file stays.
cp dev/.dev.vars before
exec 3>>dev/.dev.vars.lock
flock 3
expect_errno 'write EBUSY' write "$dev/FIRST" late
cmp before dev/.dev.vars
exec 3>&-

rm -rf elsewhere && mkdir elsewhere
expect_errno 'write EINVAL' write "$dev/FIRST" $' begins with a blank'
cmp before dev/.dev.vars
expect_equal "$(requests)" 0 "requests for what is a file"
hsxfs_unmount

# What a write that was killed had written (unit-dotenv kills some).
echo LEFT=canary-left >dev/.dev.vars.hsxfs-new
hsxfs_mount
[ ! -e dev/.dev.vars.hsxfs-new ] || fail "what was left is there after a mount"
ln -s ../before dev/.dev.vars.hsxfs-new
expect_errno ok write "$dev/FIRST" next
cmp -s before dev/.dev.vars && fail "nothing was written"
expect_equal "$(grep -c '' before)" "$(grep -c '' dev/.dev.vars)" "lines"
expect_equal "$(find dev -name '.dev.vars*' ! -name .dev.vars ! -name .dev.vars.lock)" "" "left-overs"
hsxfs_unmount

# A file that is not there lists as empty and is made by the first write.
rm dev/.dev.vars
hsxfs_mount
expect_output '' ls "$dev"
expect_errno ok write "$dev/A" b
expect_output 600 stat -c %a dev/.dev.vars
hsxfs_unmount
