#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The journal where something comes between: a lock that is held, a disk that is full while the journal
# is put aside, a kill just then, a caller that goes.
#
# > A journal of over 16 MiB is put aside as `audit-TIME-HASH.jsonl`, and the next one begins with its last
#   hash; a disk that is full then, or a `kill -9`, breaks no chain.
# > A change whose caller went while it was on its way is noted as `unknown` at once.
# > A promotion has the deploy's id in the journal, and a flag that is set by a word has the word.
# > While another process holds the journal's lock a change waits for a second, then it is EBUSY and not
#   sent; the mount does not hang on it.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

state=$XDG_STATE_HOME/hsxfs

verify()
{
	expect_status 0 "$HSXFS_BUILD/hsxfs" --verify-audit "$1"
}

# last_of KIND FILTER: of the newest line of that kind.
last_of()
{
	jq -rs "map(select(.kind == \"$1\")) | last | $2" "$journal"
}

plane_start
plane_config
hsxfs_mount

# Words that are no secrets.
echo disabled >"$flags/new-pricing"
expect_equal "$(last_of intent '.state')" disabled 'the state noted'
jq '.rules = []' "$flags/new-pricing" >new
cp new "$flags/new-pricing"
expect_equal "$(last_of intent '.state, .fingerprint != null' | xargs)" 'null true' 'the JSON noted'
previous=$(cat "$routes/previous")
echo "$previous" >"$routes/active"
expect_equal "$(last_of intent '.deploy, .state' | xargs)" "$previous null" 'the deploy noted'
echo enabled >"$secrets/A_SECRET"
expect_equal "$(last_of intent '.deploy, .state' | xargs)" 'null null' 'what is noted of a secret'

# A caller that goes.
rule '{"method": "PUT", "hang": true}'
hsxfs_background bash -c 'echo cut-off >"$1"' . "$secrets/CUT_OFF"
is_on_its_way()
{
	[ "$(last_of intent .path)" = /acct_demo/acme-crm/production/secrets/CUT_OFF ]
}
wait_until 10 is_on_its_way
kill -KILL "$background"
has_unknown()
{
	[ "$(last_of unknown .id)" = "$(last_of intent .id)" ]
}
wait_until 5 has_unknown
rules_clear
verify "$journal"

# The lock is held: what needs no journal goes on meanwhile.
mkfifo locked release
flock "$state/audit.lock" bash -c 'echo >locked; read -r <release' &
holder=$!
read -r <locked
requests_clear
expect_failure timeout 20 bash -c 'echo value >"$1"' . "$secrets/LOCKED_OUT"
has_message errors 'Device or resource busy'
tail -n 1 "$mnt/.errors" >last
has_message last '"errno":"EBUSY".*another process holds its lock'
expect_equal "$(requests PUT)" 0 'what was sent without the journal'
expect_status 0 timeout 20 ls "$secrets"
echo >release
wait "$holder"
echo value >"$secrets/LOCKED_OUT"
hsxfs_unmount
verify "$journal"

# grow FILE BYTES: to that size, with lines that fit.
grow()
{
	python3 - "$1" "$2" <<-'END'
		import hashlib
		import json
		import sys

		size = int(sys.argv[2])
		lines = open(sys.argv[1], "rb").read().splitlines()
		last = hashlib.blake2b(lines[-1], digest_size=32).hexdigest()
		with open(sys.argv[1], "ab") as journal:
		    while journal.tell() < size:
		        left = size - journal.tell()
		        note = {"kind": "note", "text": "", "previous": last}
		        room = left - len(json.dumps(note)) - 1
		        note["text"] = "x" * (room if room < 20000 else 10000)
		        line = json.dumps(note).encode()
		        journal.write(line + b"\n")
		        last = hashlib.blake2b(line, digest_size=32).hexdigest()
	END
	verify "$1"
}

# A kill between the two renames leaves the next journal under its other name.
grow "$journal" $((16 * 1024 * 1024 + 1))
hash=$(sed 's/.* to //' output)
aside=$state/audit-20260101T000000Z-${hash:0:8}.jsonl
mv "$journal" "$aside"
jq -nc --arg file "$(basename "$aside")" --arg hash "$hash" \
	'{kind: "continued", file: $file, previous: $hash}' >"$state/audit.next"
hsxfs_mount
expect_equal "$(head -n 1 "$journal" | jq -r '.kind, .previous' | xargs)" "continued $hash" 'the next journal'
[ ! -e "$state/audit.next" ] || fail 'the next journal has two names'
hsxfs_unmount
verify "$journal"

# A disk that is full just when the journal is put aside.
[ "$(id -u)" = 0 ] || exit 0
mkdir small
mount -t tmpfs -o size=18m,mode=700 tmpfs small
# shellcheck disable=SC2154 # the trap sets it
trap 'ended=$?; umount -l "$PWD/small"; (exit "$ended"); hsxfs_clean_up' EXIT
cp -a "$state" small/state
rm small/state/audit-*
printf '%s\n' "$(tail -n 1 "$journal" | jq -c ".previous = \"$(printf '0%.0s' {1..64})\"")" >small/state/audit.jsonl
grow small/state/audit.jsonl $((16 * 1024 * 1024 - 20))
hsxfs_mount -o "state=$PWD/small/state"
dd if=/dev/zero of=small/rest bs=4k 2>dd.output || true
requests_clear
expect_failure bash -c "echo full >'$secrets/FULL'"
has_message errors 'No space left on device'
expect_equal "$(requests PUT)" 0 'what was sent with the disk full'
expect_equal "$(find small/state -name 'audit-*.jsonl' | wc -l)" 0 'journals put aside on a full disk'
verify small/state/audit.jsonl
rm small/rest
echo room >"$secrets/ROOM"
verify "$(echo small/state/audit-*.jsonl)"
verify small/state/audit.jsonl
hsxfs_unmount
