#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A file in `secrets/` or `flags/` whose name begins with a dot, or that is created with O_RDWR and O_EXCL, is
#   temporary: it is in no listing, and nothing is ever sent under its name.
# > A rename of a temporary file onto the name of a secret, or a flag, beside it sets that, and answers with
#   the verdict.
# > A rename that was refused leaves the temporary file, so that it can be tried again.
# > A temporary file that is not renamed is wiped 10 s after its last close, with a line in
#   `.errors`.
# > `rsync -a`, `sed -i`, `perl -i` and Python's `tempfile` with `os.replace` set a secret by one
#   request under its own name.
# > | rename of a temporary file onto the name of a secret or a flag beside it | sets it |
#
# Temporary files: nothing is sent under their names, and a rename onto a secret's name sets it once.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
mkdir source
echo from-rsync >source/RSYNCED
echo changed >source/STRIPE_KEY

# sent: method and name of every change, in order.
sent()
{
	curl -sS -m 10 "$admin/requests" |
		jq -r 'map(select(.method != "GET") | .method + " " + (.body | fromjson? | .name)) | join(", ")'
}

# sets NAME VALUE COMMAND...: it succeeds, in exactly one PUT.
sets()
{
	local name=$1 value=$2

	shift 2
	requests_clear
	expect_status 0 "$@"
	expect_equal "$(sent)" "PUT $name" "what was sent by $*"
	expect_equal "$(value_of "$name")" "$value" "the value set by $*"
}

# sends_nothing STATUS COMMAND...
sends_nothing()
{
	requests_clear
	expect_status "$@"
	expect_equal "$(sent)" "" "what was sent by $*"
}

requests_clear
expect_status 0 rsync -a source/ "$secrets/"
expect_equal "$(sent)" "PUT RSYNCED, PUT STRIPE_KEY"
expect_equal "$(value_of STRIPE_KEY)" changed
sets STRIPE_KEY by-sed sed -i 's/.*/by-sed/' "$secrets/STRIPE_KEY"
sets STRIPE_KEY by-perl perl -i -pe 's/.*/by-perl/' "$secrets/STRIPE_KEY"
sets STRIPE_KEY by-python python3 -c '
import os, sys, tempfile
directory, name = sys.argv[1:]
with tempfile.NamedTemporaryFile("w", dir=directory, delete=False) as file:
    file.write("by-python\n")
os.replace(file.name, os.path.join(directory, name))' "$secrets" STRIPE_KEY
sets MOVED by-mv sh -c 't=$(mktemp "$1/.XXXXXX") && echo by-mv >"$t" && mv "$t" "$1/MOVED"' - "$secrets"
sets INSTALLED from-rsync install -m 600 source/RSYNCED "$secrets/INSTALLED"

# The line that a read gives does not become a value, however little of it is edited.
sends_nothing 4 sed -i 's/STRIPE/X/' "$secrets/STRIPE_KEY"
expect_equal "$(value_of STRIPE_KEY)" by-python

# Onto nothing but a secret's name beside it, and nothing but a temporary file.
echo text >"$secrets/.one"
expect_errno 'rename EPERM' rename "$secrets/.one" "$secrets/.two"
expect_errno 'rename EINVAL' rename "$secrets/.one" "$secrets/no-name"
expect_errno 'rename EPERM' rename "$secrets/.one" "$project/staging/secrets/ONE"
expect_errno 'rename EPERM' rename "$secrets/STRIPE_KEY" "$secrets/OTHER"
expect_errno 'read EACCES' read "$secrets/.one"
[ -z "$(ls -A "$secrets" | grep one)" ] || fail "a temporary file is listed"
rule '{"method": "PUT", "status": 403, "code": 9109, "message": "no", "times": 1}'
expect_errno 'rename EPERM' rename "$secrets/.one" "$secrets/ONE"
expect_errno ok rename "$secrets/.one" "$secrets/ONE"
expect_equal "$(value_of ONE)" text
[ ! -e "$secrets/.one" ] || fail "it is there after its rename"

# Never renamed: wiped, at the latest 10 s after the close; 64 at most; 64 KiB at most.
sends_nothing 0 sh -c 'echo text >"$1/.swp"; rm "$1/.swp"' - "$secrets"
head -c 65537 /dev/zero >large
expect_status 1 cp large "$secrets/.large"
for number in {1..63}; do
	: >"$secrets/.s$number"
done
expect_status 2 sh -c ': >"$1/.s65"' - "$secrets"
rm "$secrets/.large" "$secrets"/.s{2..63}
requests_clear
wait_until 15 test ! -e "$secrets/.s1"
has_message "$secrets/.errors" '/\.s1",.*it is wiped'
expect_equal "$(sent)" "" "what was sent under temporary names"

hsxfs_unmount
