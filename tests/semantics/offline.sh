#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > After that the API is known to be down: every call that would ask it fails at once, an open for
#   writing too, and `.errors` says "not asked again yet".
# > 1 s later one call is let through and tries again; if it gets no answer either, the pause
#   doubles.
# > The first answer, whatever it says, ends this.
# > Names that were listed before are served meanwhile, and `user.hsxfs.stale` of `secrets/` says of
#   when they are.
# > An API that answers a listing with an error is not down: that is EIO, and no old names are
#   served.
# > A write that failed is not kept, and never sent later.
#
# An API that is silent: what is answered at once, from what, and when it is asked again.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
deadline=$((600 * ${HSXFS_PATIENCE:-1}))
hsxfs_mount -o "deadline=$(printf '%d.%03d' $((deadline / 1000)) $((deadline % 1000))),ttl=0.1"
ls "$secrets" >/dev/null
before=$(date -u +%FT%T)
sleep 0.2
rule '{"method": "*", "delay_ms": 60000, "times": -1}'
requests_clear

now()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

stale()
{
	getfattr --only-values -n user.hsxfs.stale "$secrets" 2>/dev/null
}

# The first look waits for the deadline, and shows what was there.
expect_within $((deadline + 300)) expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
down=$(now)
since=$(stale)
[[ ${since%Z} < $before || ${since%Z} = "$before" ]] || fail "stale since $since, after $before"
expect_equal "$(requests)" 1 requests

# Then all is answered at once, nothing asked.
cat >at_once.py <<'PYTHON'
import errno
import os
import sys
import time

secrets, others = sys.argv[1:]
AT_ONCE = 0.06 * int(os.environ.get("HSXFS_PATIENCE", "1"))


def attempt(call, *arguments):
    began = time.monotonic()
    try:
        call(*arguments)
        answer = "ok"
    except OSError as error:
        answer = errno.errorcode[error.errno]
    slow = time.monotonic() - began > AT_ONCE
    print(call.__name__, answer, "late" if slow else "at once")


attempt(os.listdir, secrets)
attempt(os.stat, secrets + "/STRIPE_KEY")
attempt(os.stat, secrets + "/ABSENT")
attempt(os.open, secrets + "/STRIPE_KEY", os.O_RDONLY)
attempt(os.open, secrets + "/STRIPE_KEY", os.O_WRONLY | os.O_TRUNC)
attempt(os.open, secrets + "/NEW", os.O_WRONLY | os.O_CREAT)
attempt(os.unlink, secrets + "/STRIPE_KEY")
attempt(os.listdir, others)
attempt(os.stat, others + "/STRIPE_KEY")
PYTHON
expect_status 0 python3 at_once.py "$secrets" "$project/staging/secrets"
expect_equal "$(cat output)" "listdir ok at once
stat ok at once
stat ENOENT at once
open ok at once
open ETIMEDOUT at once
open ETIMEDOUT at once
unlink ETIMEDOUT at once
listdir ETIMEDOUT at once
stat ETIMEDOUT at once" "what was tried"
expect_equal "$(requests)" 1 requests
grep '"message":"not asked again yet, after: acct_demo cloudflare: .*timed out.*"advice":"check the network' \
	"$mnt/.errors" >lines
for call in open unlink list lookup; do
	has_message lines "\"operation\":\"$call\""
done
[ $(($(now) - down)) -lt 900 ] || fail "this machine is too slow"

# After 1 s one call is let through, and only one; then after 2 s.
sleep_until()
{
	local left=$(($1 - $(now)))

	[ "$left" -le 0 ] || sleep "$(printf '%d.%03d' $((left / 1000)) $((left % 1000)))"
}
sleep_until $((down + 1050))
ls "$secrets" >/dev/null &
probe=$!
sleep 0.2
expect_within 300 expect_errno 'open ETIMEDOUT' write "$secrets/NEW" key
wait "$probe"
down=$(now)
expect_equal "$(requests)" 2 "requests with the first probe"
sleep_until $((down + 1500))
expect_within 60 expect_status 0 ls "$secrets"
expect_within 300 expect_errno 'open ETIMEDOUT' write "$secrets/NEW" key
expect_equal "$(requests)" 2 "requests 1.5 s later"

# An answer ends it, a bad one too: no call stands back for another that has no answer yet.
rules_clear
rule '{"method": "GET", "status": 500, "body": {"not": "ours"}, "times": -1}'
sleep_until $((down + 2100))
expect_errno 'listdir EIO' listdir "$secrets"
tail -n 1 "$mnt/.errors" >last
has_message last '"http":500,.*"message":"[^"]*HTTP 500".*"advice":"it fails by itself: try again later"'
rules_clear
rule '{"method": "GET", "delay_ms": 400}'
ls "$project/staging/secrets" >/dev/null &
probe=$!
sleep 0.1
expect_errno ok write "$secrets/NEW" key
wait "$probe"
rules_clear
expect_status 0 ls "$secrets"
stale && fail "still stale"
expect_equal "$(requests PUT)" 1 "PUTs: none that failed was kept"
expect_equal "$(names_of)" "NEW ONLY_HERE RESEND_API_KEY STRIPE_KEY"
hsxfs_unmount
