#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each bad configuration: one line that names the file, exit status 1, nothing mounted.

. "$HSXFS_TESTS/lib/common.sh"

mkdir mnt home
export HOME=$PWD/home

# refused FILE: prints nothing; the message is in errors.
refused()
{
	expect_status 1 timeout 10 "$HSXFS_BUILD/hsxfs" "$1" "$mnt"
	is_mounted "$mnt" && fail "$1 was mounted"
	expect_equal "$(wc -l <errors)" 1 "lines of message for $1"
	expect_equal "$(cat output)" "" "standard output for $1"
	grep -qF "$(basename "$1")" errors || fail "$1 is not named in: $(cat errors)"
}

kinds=0
for file in "$HSXFS_TESTS"/bad-config/*.json; do
	install -m 600 "$file" "$(basename "$file")"
	refused "$PWD/$(basename "$file")"
	wanted=$(sed "s|@FILE@|$PWD/$(basename "$file")|" "${file%.json}.expected")
	grep -qF -- "$wanted" errors || fail "$(basename "$file") says: $(cat errors)"
	kinds=$((kinds + 1))
done
[ "$kinds" -ge 20 ] || fail "only $kinds kinds"

api=http://127.0.0.1:1/client/v4
config_write
chmod 666 "$config"
refused "$config"
chmod 620 "$config"
refused "$config"
chmod 600 "$config"
if [ "$(id -u)" = 0 ]; then
	chown 12345 "$config"
	refused "$config"
	chown 0 "$config"
fi
refused "$PWD/no-such-file.json"
refused "$PWD/mnt"

# A token that others can read is not used.
chmod 644 token
expect_status 1 timeout 10 "$HSXFS_BUILD/hsxfs" "$config" "$mnt"
has_message errors '/token can be used by others: chmod 600'
expect_equal "$(wc -l <errors)" 1 "lines of message for the token"
has_no errors "$token"
is_mounted "$mnt" && fail "mounted with a token that others can read"
chmod 600 token
hsxfs_mount
hsxfs_unmount
