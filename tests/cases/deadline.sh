#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# No request outlives its deadline: neither one whose pause before another attempt ends just then, nor
# one that had hardly any time from the start.

. "$HSXFS_TESTS/lib/common.sh"

cat >in_time.py <<'PYTHON'
"""in_time.py SECONDS THREADS FILE...: each file is written, and has to fail in that time."""
import concurrent.futures
import os
import sys
import time

limit = float(sys.argv[1])


def write(path):
    began = time.monotonic()
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            os.write(file, b"key\n")
            return f"{path} was written"
        finally:
            os.close(file)
    except OSError:
        taken = time.monotonic() - began
    return f"{path} took {taken:.3f} s" if taken > limit else None


with concurrent.futures.ThreadPoolExecutor(int(sys.argv[2])) as threads:
    late = [line for line in threads.map(write, sys.argv[3:]) if line]
sys.exit("\n".join(late) or 0)
PYTHON

# 50 accounts at one address, so that no failure of one is known to another.
jq -n --arg token "$token" --arg account "$account" '
	{tokens: [$token], accounts: {($account): {scripts: (
	[range(50)] | map({("script\(.)"): {}}) | add)}}}' >seed.json
emulator_start seed.json
config_write '.accounts = ([range(50)] | map({("a\(.)"): {
	cloudflare: $root.accounts.acct_demo.cloudflare,
	projects: {p: {workers: ["w"], environments: {production: {scripts: ["script\(.)"]}}}}}}) | add)' \
	--argjson root "$(config_write && cat config.default)"
files=("$mnt"/a{0..49}/p/production/secrets/NEW)

# in_time SECONDS THREADS: with such a deadline. What outlives it would hang for ever, so that some
# seconds for a busy machine hide nothing.
in_time()
{
	hsxfs_mount -o "deadline=$1"
	expect_status 0 timeout 60 python3 in_time.py "$(jq -n "$1 + 8")" "$2" "${files[@]}"
	hsxfs_unmount
}

# retried ANSWER DEADLINE...: the first answer to each file's request is this one, then comes silence.
retried()
{
	local answer=$1 deadline number

	shift
	for deadline; do
		rules_clear
		for number in {0..49}; do
			echo "{\"method\": \"PUT\", \"path\": \"*/script$number/*\", $answer}"
		done | xargs -d '\n' -I RULE curl -sS -f -m 10 -X POST -d RULE "$admin/rules" >ids
		rule '{"method": "PUT", "hang": true, "times": -1}'
		in_time "$deadline" 50
	done
}
# The pause is 0.2 s, and 1 s. The answers take some milliseconds, each another number of them, so that
# some pauses end in the very last one.
retried '"status": 500' 0.2 0.202 0.204 0.206 0.21 0.22
retried '"status": 429, "headers": {"Retry-After": "1"}' 1.005 1.02
retried '"close": true' 0.205 0.22

rules_clear
rule '{"hang": true, "times": -1}'
in_time 0.05 1
in_time 0.05 50
