#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A name that some of several Workers lack is removed from the others, and the removal succeeds.
#
# One environment with two Workers of which one refuses, lacks the name or does not answer: the verdict
# is the refusal's, and nothing half done passes for done or for never sent.

. "$HSXFS_TESTS/lib/common.sh"

first=$production
second=$staging
default_seed | jq --arg account "$account" --arg second "$second" \
	'.accounts[$account].scripts[$second].secrets.ONLY_THERE = "there"' >seed.json
emulator_start seed.json
config_write '.accounts.acct_demo.projects["acme-crm"].environments =
	{production: {scripts: [$first, $second]}}' --arg first "$first" --arg second "$second"
hsxfs_mount -o rm=free
expect_output $'ONLY_HERE\nONLY_THERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"

# refuse METHOD SCRIPT: every such request.
refuse()
{
	rule "$(jq -n --arg method "$1" --arg path "*/$2/*" \
		'{method: $method, path: $path, status: 403, code: 9109, message: "no", times: -1}')"
}

last_error()
{
	tail -n "${1:-1}" "$mnt/.errors" >last
}

# The first never had the name, the second refuses: that is no "no such file".
refuse DELETE "$second"
expect_errno 'unlink EPERM' unlink "$secrets/ONLY_THERE"
expect_status 1 rm -f "$secrets/ONLY_THERE"
has_message errors 'Operation not permitted'
last_error
has_message last '"errno":"EPERM"'
expect_equal "$(value_of ONLY_THERE "$second")" there
expect_output $'ONLY_HERE\nONLY_THERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
rules_clear
# The other way round, and where nobody refuses.
refuse DELETE "$first"
expect_errno 'unlink EPERM' unlink "$secrets/ONLY_HERE"
rules_clear
expect_errno ok unlink "$secrets/ONLY_THERE"
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
expect_errno 'unlink ENOENT' unlink "$secrets/ONLY_THERE"

# The first takes it, the second refuses; and the other way round.
refuse PUT "$second"
expect_errno 'write EPERM' write "$secrets/HALF" half
last_error
has_message last "done on $first; not on $second"
has_message last '"errno":"EPERM"'
expect_equal "$(value_of HALF "$first")/$(value_of HALF "$second" || echo none)" half/none
expect_status 0 ls "$secrets/HALF"
expect_output "$second" getfattr --only-values -n user.hsxfs.missing "$secrets/HALF"
rules_clear
expect_errno ok write "$secrets/HALF" half
expect_errno 'getxattr ENODATA' getxattr "$secrets/HALF" user.hsxfs.missing
refuse PUT "$first"
expect_errno 'write EPERM' write "$secrets/OTHER_HALF" half
last_error
has_message last "done on $second; not on $first"
expect_output "$first" getfattr --only-values -n user.hsxfs.missing "$secrets/OTHER_HALF"
rules_clear

# A write that the first took, while the second does not answer, and one that the first took while it
# waits there for its turn behind it.
declare -A writers
rule "{\"method\": \"P*\", \"path\": \"*/$second/*\", \"hang\": true, \"times\": -1}"
(echo hangs >"$secrets/HANGS") 2>/dev/null &
writers[HANGS]=$!
wait_until 5 eval 'value_of HANGS "$first" >/dev/null'
(echo waits >"$secrets/WAITS") 2>/dev/null &
writers[WAITS]=$!
wait_until 5 eval 'value_of WAITS "$first" >/dev/null'
for name in WAITS HANGS; do
	kill -KILL "${writers[$name]}"
	expect_within 2000 wait "${writers[$name]}" && fail "a writer that was killed succeeded"
	last_error
	has_message last "$name.*outcome unknown"
done
rules_clear
sleep 0.2
expect_equal "$(value_of WAITS "$second" || echo none)" none "what was still sent for a killed writer"
expect_output "$second" getfattr --only-values -n user.hsxfs.missing "$secrets/WAITS"

hsxfs_unmount
