#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A refused open for writing, write, close, rename, removal or listing adds one line of JSON to
#   `.errors`: time, operation, path, errno, message and, where there are any, HTTP status, code and
#   advice; but not a rename with RENAME_NOREPLACE, which `mv` tries first.
# > `.errors` keeps the newest 1,000 lines.
#
# What refusals leave in .errors.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -o deadline=1
ls "$secrets" >/dev/null

# line OPERATION ERRNO MEMBERS COMMAND...: one line more, of that operation, with these members.
line()
{
	local operation=$1 errno=$2 members=$3 before

	shift 3
	before=$(wc -l <"$mnt/.errors")
	"$@" >/dev/null 2>&1 || true
	tail -n "+$((before + 1))" "$mnt/.errors" >new
	expect_equal "$(wc -l <new)" 1 "lines of $*"
	expect_equal "$(jq -r '"\(.operation) \(.errno) \(keys | join(" "))"' new)" "$operation $errno $members" "$*"
}
cat >rename2.py <<'PYTHON'
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
flags, old, new = int(sys.argv[1]), *map(os.fsencode, sys.argv[2:])
if libc.renameat2(-100, old, -100, new, flags) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
PYTHON
write=(python3 "$HSXFS_TESTS/lib/errno.py" write)
pieces=(python3 "$HSXFS_TESTS/lib/errno.py" pieces)
here="errno message operation path time"
there="advice code errno http message operation path time"

line create EINVAL "$here" "${write[@]}" "$secrets/bad-name" key
line open EINVAL "advice $here" bash -c "echo more >>'$secrets/STRIPE_KEY'"
line write EINVAL "advice $here" "${write[@]}" "$secrets/X" ' key'
line open EACCES "$here" bash -c "echo text >'$mnt/.status'"
echo text >"$secrets/.temporary"
line open EACCES "$here" bash -c "exec 9<>'$secrets/.temporary'"
line rename EINVAL "$here" python3 rename2.py 2 "$secrets/.temporary" "$secrets/STRIPE_KEY"
before=$(wc -l <"$mnt/.errors")
expect_errno ok rename "$secrets/.temporary" "$secrets/MOVED"
echo text >"$secrets/.temporary"
expect_status 1 python3 rename2.py 1 "$secrets/.temporary" "$secrets/NEW"
rm "$secrets/.temporary"
expect_equal "$(wc -l <"$mnt/.errors")" "$before" "lines for RENAME_NOREPLACE"
# One that is only being made.
expect_status 1 bash -c 'exec 9>"$1"; rm "$1"' - "$secrets/BEGUN"
has_message "$mnt/.errors" '"unlink","path":"[^"]*/BEGUN","errno":"ENOENT"'
refusal='"status": 403, "code": 10000, "message": "Authentication error"'
rule "{\"method\": \"PUT\", $refusal, \"times\": -1}"
line write EACCES "$there" "${write[@]}" "$secrets/X" key
line close EACCES "$there" "${pieces[@]}" "$secrets/X" $'two\nlines'
echo text >"$secrets/.temporary"
line rename EACCES "$there" python3 "$HSXFS_TESTS/lib/errno.py" rename "$secrets/.temporary" "$secrets/X"
rule "{\"method\": \"DELETE\", $refusal}"
line unlink EACCES "$there" rm "$secrets/STRIPE_KEY"
rule "{\"method\": \"GET\", $refusal}"
line list EACCES "$there" ls "$project/staging/secrets"
jq -e '.path == "/acct_demo/acme-crm/staging/secrets" and .http == 403 and .code == 10000
	and (.message | endswith("Authentication error")) and (.advice | contains("token"))
	and (.time | test("^20..-..-..T..:..:..Z$"))' new >/dev/null || fail "the line is $(cat new)"

for number in {1..1010}; do
	: >"$secrets/bad-$number"
done 2>/dev/null || true
expect_equal "$(wc -l <"$mnt/.errors")" 1000 "lines kept"
expect_equal "$(tail -n 1 "$mnt/.errors" | jq -r .path)" "/acct_demo/acme-crm/production/secrets/bad-1010"
expect_equal "$(head -n 1 "$mnt/.errors" | jq -r .path)" "/acct_demo/acme-crm/production/secrets/bad-11"
hsxfs_unmount
