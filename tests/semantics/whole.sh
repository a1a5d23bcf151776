#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A value that is whole is sent inside write(2), which answers with the verdict.
# > One line is whole with its newline, whatever its length, and without one if its length is no
#   multiple of 512 and at most 32 KiB.
# > A text that begins with `-----BEGIN` is whole when its last block is closed.
# > A text that begins with `{` or `[` is whole when the JSON is; one that cannot become JSON any
#   more counts as plain.
# > Anything else is sent by the close(2), which answers with the verdict.
# > What is written after a whole value on the same descriptor is sent with it by the close: two
#   versions, the second right.
# > fsync(2) sends what was written and answers with the verdict.
#
# When what was written is sent: the steps of a writer, and how many PUTs each of them costs.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/steps.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
file=$secrets/W

# many N: that many bytes of one line.
many()
{
	head -c "$1" /dev/zero | tr '\0' x
}

expect_steps '1 0' "$file" $'key\n'
expect_steps '1 0' "$file" key
expect_steps '1 0' "$file" "$(many 511)"
expect_steps '0 1' "$file" "$(many 512)"
expect_steps '1 0' "$file" "$(many 513)"
expect_steps '0 1' "$file" "$(many 4096)"
expect_steps '1 0' "$file" "$(many 511)"$'\n'
expect_steps '0 1 0' "$file" "$(many 1024)" $'\n'
expect_steps '0 1 0' "$file" "$(many 512)" y
expect_errno 'close EFBIG' write "$file" "$(many 32769)"
expect_errno 'write EFBIG' write "$file" "$(many 32767)"
expect_errno 'write EFBIG' write "$file" "$(many 40000)"$'\n'

expect_steps '0 0 1 0' "$file" $'-----BEGIN A-----\n' $'AAAA\n' $'-----END A-----\n'
expect_steps '0 0 1 0' "$file" $'-----BEGIN A-----\nAAAA\n' '-----END A--' '---'
expect_steps '0 1 0' "$file" $'-----BEGIN A-----\nA\n-----END A-----\n-----BEGIN B-----\n' $'B\n-----END B-----\n'
expect_steps '0 1 0 1' "$file" $'-----BEGIN A-----\nA\n' $'-----END A-----\n' $'-----BEGIN B-----\nB\n-----END B-----\n'

expect_steps '0 0 1 0' "$file" '{"a":' '[1, 2' ']}'
expect_steps '0 1 0' "$file" '["}", ' '"x"]'
expect_steps '1 0' "$file" '{x'
expect_steps '0 1' "$file" '{"a": 1'

expect_steps '0 1' "$file" $'one\ntwo\n'
expect_steps '0 0 1' "$file" $'one\ntwo' $'\nthree'

expect_steps '1 0 1' "$file" $'one\n' $'two\n'
expect_equal "$(value_of W)" $'one\ntwo'
expect_steps '1 0 0 0 1' "$file" $'one\n' $'two\n' $'three\n' $'four\n'
expect_equal "$(value_of W)" $'one\ntwo\nthree\nfour'

expect_steps '0 1 0' "$file" $'one\ntwo\n' @fsync
expect_equal "$(value_of W)" $'one\ntwo'
hsxfs_unmount
