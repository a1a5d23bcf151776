#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 60
#
# A token command that does not end is ended after 30 s, whatever it prints until then: hsxfs mounts
# with a warning, and what needs the token is ENOKEY.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
declare -A waiting

# begin NAME INTERPRETER: a mount on NAME whose token is what the program on standard input prints.
begin()
{
	local name=$1

	mkdir "$name"
	cat >"$name.program"
	# shellcheck disable=SC2016 # jq variables
	config_write '.accounts.acct_demo.cloudflare.token = {command: [$interpreter, $program]}' \
		--arg interpreter "$(type -P "$2")" --arg program "$PWD/$name.program"
	cp -p "$config" "$name.json"
	hsxfs_mounts+=("$PWD/$name")
	timeout -k 1 50 "$HSXFS_BUILD/hsxfs" "$name.json" "$name" >"$name.said" 2>&1 &
	waiting[$name]=$!
}

# no_token NAME: it is mounted, with one warning, and without a token.
no_token()
{
	wait "${waiting[$1]}" || fail "$1: exit status $?"
	expect_equal "$(wc -l <"$1.said")" 1 "lines of $1"
	has_message "$1.said" "^hsxfs: warning: $PWD/$1.json: accounts.acct_demo.cloudflare.token: .*command.*pkill -HUP"
	expect_errno 'open ENOKEY' write "$PWD/$1/acct_demo/acme-crm/production/secrets/NEW" key
	expect_errno 'listdir ENOKEY' listdir "$PWD/$1/acct_demo/acme-crm/production/secrets"
	expect_errno ok write "$PWD/$1/acct_demo/acme-crm/dev/secrets/NEW" key
	fusermount3 -u "$1"
}

milliseconds()
{
	echo $(((${EPOCHREALTIME/./} - started) / 1000))
}

started=${EPOCHREALTIME/./}
begin silent python3 <<END
import os, time
os.write(1, b"$token\n")
os.close(1)
time.sleep(100)
END
begin drips python3 <<END
import os, time
while True:
    os.write(1, b"x")
    time.sleep(0.5)
END
begin nothing sh <<<'exec sleep 100'

# Meanwhile, those that end: with a failure, with nothing, with too much, and with a good token.
begin fails sh <<<"echo $token; exit 1"
begin killed sh <<<"echo $token; kill -KILL \$\$"
begin empty sh <<<'exit 0'
begin floods sh <<<'exec yes'
begin good sh <<<"echo $token; exec >&-; sleep 0.2"
for name in fails killed empty floods; do
	no_token "$name"
done
wait "${waiting[good]}"
expect_equal "$(cat good.said)" "" "what is said with a good token"
expect_errno ok write "$PWD/good/acct_demo/acme-crm/production/secrets/NEW" key
expect_equal "$(value_of NEW)" key
fusermount3 -u good
[ "$(milliseconds)" -lt 15000 ] || fail "commands that end at once took $(milliseconds) ms"

for name in silent drips nothing; do
	wait "${waiting[$name]}" || fail "$name: exit status $?"
done
[ "$(milliseconds)" -le 35000 ] || fail "took $(milliseconds) ms"
for name in silent drips nothing; do
	no_token "$name"
done
