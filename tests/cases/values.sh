#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Exactly one final newline, or CR LF, is dropped, and only from a value that is otherwise one
#   line.
# > One line that begins or ends with white space is EINVAL; `-o newline=keep` stores it, `-o
#   newline=trim` drops what is at its end.
# > An empty value, a NUL and bytes that are not UTF-8 are EINVAL, and nothing is sent.
#
# Values that are refused, and those that are not, byte for byte.

. "$HSXFS_TESTS/lib/common.sh"

default_seed | jq '. + {limits: {value_bytes: 100000}}' >seed.json
emulator_start seed.json
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear

refused()
{
	local wanted=$1

	shift
	expect_errno "$wanted" pieces "$secrets/X" "$@"
	expect_equal "$(requests)" 0 "requests for what is refused"
}
refused 'close EINVAL' ''
refused 'write EINVAL' $'\n'
refused 'write EINVAL' ' key'
refused 'write EINVAL' 'key '
refused 'write EINVAL' $'key\t\n'
refused 'write EINVAL' $'\xff\xfe'
refused 'write EINVAL' $'\xed\xa0\x80'
refused 'close EINVAL' $'cut \xe2\x82'
refused 'write EINVAL' 'hsxfs: write-only secret STRIPE_KEY'
head -c 60000 /dev/zero | tr '\0' x | fold -w 65 >large
refused 'write EFBIG' "$(cat large)" "$(head -c 10000 large)"
head -c 70000 /dev/zero | tr '\0' x >large
expect_failure cp large "$secrets/X"
has_message errors 'File too large'
expect_failure bash -c "printf 'a\\0b' > '$secrets/X'"
has_message errors 'Invalid argument'
expect_failure dd if=/etc/hostname of="$secrets/X" seek=1 bs=10 conv=notrunc
expect_equal "$(requests)" 0 "requests for what is refused"

stored()
{
	local wanted=$1

	shift
	requests_clear
	expect_errno ok pieces "$secrets/X" "$@"
	expect_equal "$(value_of X)x" "${wanted}x" "$1"
	expect_equal "$(requests PUT)" 1 "PUTs of $1"
}
stored key key
stored key $'key\n'
stored key $'key\r\n'
stored $'a\rb' $'a\rb\n'
stored 'a"b\c/d' 'a"b\c/d'
stored 'grüße €😀' $'grüße €😀\n'
stored $'\x01\x7f' $'\x01\x7f\n'
stored $'one\ntwo' $'one\ntwo'
stored '{"a": [1, 2]}' '{"a": ' '[1, ' $'2]}\n'
# What cannot be told from a whole value by its first piece costs a second version and ends right.
requests_clear
expect_errno ok pieces "$secrets/X" $'one\n' $'two\n' $'three\n'
expect_equal "$(value_of X)" $'one\ntwo\nthree'
expect_equal "$(requests PUT)" 2 "PUTs of three lines, line by line"

hsxfs_unmount
