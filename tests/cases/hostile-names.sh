#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A server that lists names by the ten thousand, names that no file can have, and names that a terminal
# would act on.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write

# listed JQ-PROGRAM: the next listings have the names that it makes.
listed()
{
	rules_clear
	jq -n "{method: \"GET\", path: \"*/secrets\", times: -1, body: {success: true, errors: [], messages: [],
		result: [$1 | {name: ., type: \"secret_text\"}]}}" >rule.json
	curl -sS -f -m 20 --data-binary @rule.json "$admin/rules" >/dev/null
}

error_lines()
{
	wc -l <"$mnt/.errors"
}

# Many.
hsxfs_mount
listed 'range(65536) | "NAME_\(.)"'
expect_within 5000 expect_status 0 ls -f "$secrets"
expect_equal "$(grep -c NAME_ output)" 65536 "names"
expect_within 2000 expect_status 0 stat "$secrets/NAME_65535"
hsxfs_unmount

# More than any Worker has: that is no listing.
hsxfs_mount
listed 'range(100001) | "NAME_\(.)"'
expect_errno 'listdir EPROTO' listdir "$secrets"
has_message "$mnt/.errors" 'more than 100000 names'
rules_clear
hsxfs_unmount

# Unshowable: what .errors held before is not pushed out.
hsxfs_mount
expect_errno 'mkdir EPERM' mkdir "$mnt/not-a-name"
before=$(error_lines)
listed 'range(20000) | "dir/\(.)", if . == 7 then "SHOWN" else empty end'
expect_output SHOWN ls "$secrets"
[ "$(error_lines)" -le $((before + 10)) ] || fail "$(error_lines) lines in .errors, $before before"
[ "$(error_lines)" -gt "$before" ] || fail "no line in .errors"
has_message "$mnt/.errors" not-a-name
has_message "$mnt/.errors" 'one of 20000'
expect_output 20000 getfattr --only-values -n user.hsxfs.unshown "$secrets"
hsxfs_unmount

# Control characters: ESC, BEL, CR, newline, C1 controls (CSI is U+009B), U+2028, another script's.
hsxfs_mount -d
: >"$log"
controls='"\u001b]0;title\u0007", "\u001b[2J", "a\nb", "a\rb", "\u009b31m", "\u0085", "\u2028", "\u202e", "é"'
listed "($controls) | ., \"x/\" + ., \"x/\" + . * 40"
expect_status 0 ls -b "$secrets"
python3 - "$secrets" <<'PYTHON'
import os
import sys

names = os.listdir(os.fsencode(sys.argv[1]))
assert len(names) == 9, names
for name in names:
    path = os.path.join(os.fsencode(sys.argv[1]), name)
    os.stat(path)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    except OSError:
        continue
    sys.exit(f"{name} was opened for appending")
for name in [b"\xff\xfe", b"new\x1b[31m", b"new\xc2\x9b31m", b"new\n{}"]:
    try:
        os.close(os.open(os.path.join(os.fsencode(sys.argv[1]), name), os.O_WRONLY | os.O_CREAT))
    except OSError:
        continue
    sys.exit(f"{name} was created")
PYTHON
cat "$mnt/.errors" >errors.log
[ "$(wc -l <errors.log)" -ge 20 ] || fail "only $(wc -l <errors.log) lines"
jq -e . errors.log >/dev/null
expect_equal "$(jq -r .operation errors.log | wc -l)" "$(wc -l <errors.log)" "texts in .errors"
cat "$mnt/.status" >status.json
jq -e . status.json >/dev/null
hsxfs_expect_log '^hsxfs: [a-z]* /[.]errors '
hsxfs_unmount
for file in errors.log "$log" status.json; do
	! LC_ALL=C grep -qP '[^\x20-\x7e]' "$file" ||
		fail "$file has $(LC_ALL=C grep -P '[^\x20-\x7e]' "$file" | head -n 3 | cat -v)"
done
