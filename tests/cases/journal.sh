#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
#
# The journal of changes: what is in it, how it is checked, and what happens where it cannot be kept.
#
# > Each change is noted in the journal before it is sent, and its outcome before its caller is
#   answered: time, user, process, program, path, account, Workers, sizes, outcome, and the server's
#   name for the request.
# > The journal has no value: a keyed fingerprint says whether two values are the same, in other
#   environments too.
# > Each line has the hash of the line before it; `hsxfs --verify-audit FILE` says OK, or names the
#   first line that does not fit.
# > `.audit` of the mount's root shows the journal, and `tail -f` follows it.
# > Two mounts of one user share a journal and its chain.
# > A change whose intent cannot be stored is not sent: ENOSPC where the disk is full; reads go on.
# > A journal of over 16 MiB is put aside as `audit-TIME-HASH.jsonl`, and the next one begins with its last
#   hash; a disk that is full then, or a `kill -9`, breaks no chain.
# > A state directory that others can write to, or that is on a network file system, is refused when
#   mounting.

. "$HSXFS_TESTS/lib/common.sh"

state=$XDG_STATE_HOME/hsxfs

# lines FILTER: the journal's lines that jq selects.
lines()
{
	jq -c "select($1)" "$journal"
}

verify()
{
	"$HSXFS_BUILD/hsxfs" --verify-audit "$1"
}

emulator_start
config_write
hsxfs_mount

echo same-value-1 >"$secrets/FIRST"
echo same-value-1 >"$project/staging/secrets/SECOND"
printf 'other-value-2' >"$secrets/FIRST"
expect_failure bash -c "head -c 6000 /dev/zero | tr '\0' x >'$secrets/LARGE'"
rm "$secrets/FIRST"
expect_status 0 cp "$journal" copy

expect_equal "$(lines '.kind == "intent"' | wc -l)" 5 'intents'
expect_equal "$(lines '.kind == "outcome"' | wc -l)" 5 'outcomes'
expect_equal "$(jq -rs 'map(select(.kind == "intent").id) == map(select(.kind == "outcome").id)' \
	"$journal")" true 'that each intent is followed by its outcome'
first=$(lines '.kind == "intent"' | head -n 1)
expect_equal "$(jq -r '.path, .operation, .uid, .written, .stored, .account, .scripts[0]' <<<"$first" |
	xargs)" "/acct_demo/acme-crm/production/secrets/FIRST set $(id -u) 13 12 $account $production" \
	'the first intent'
expect_equal "$(jq -r .pid <<<"$first")" "$$" 'who wrote'
expect_equal "$(jq -r .program <<<"$first")" "$(readlink /proc/$$/exe)" 'with what'
has_message "$journal" '"outcome":"EFBIG","http":400,"code":10054,"request_id":"[^"]'
has_message "$journal" '"operation":"unset"'

fingerprints=$(lines '.fingerprint' | jq -r .fingerprint)
expect_equal "$(sed -n 1p <<<"$fingerprints")" "$(sed -n 2p <<<"$fingerprints")" 'equal values'
[ "$(sed -n 1p <<<"$fingerprints")" != "$(sed -n 3p <<<"$fingerprints")" ] ||
	fail 'different values have the same fingerprint'
! grep -rqE 'same-value|other-value' "$state" || fail 'a value is in the state directory'
! grep -rqF "$token" "$state" || fail 'the token is in the state directory'
expect_equal "$(find "$state" -type f -perm /077)" '' 'files that others can use'

# Each way of changing it is found, and the line is named.
expect_status 0 verify "$journal"
has_message output ': OK, 11 lines'
sed '4s/"uid":[0-9]*/"uid":4242/' "$journal" >edited
expect_status 1 verify edited
has_message output 'edited:5: the line before it was changed'
sed 4d "$journal" >edited
expect_status 1 verify edited
has_message output 'edited:4: '
sed 1d "$journal" >edited
expect_status 1 verify edited
has_message output 'edited:1: lines before this one are missing'
sed '3{p}' "$journal" >edited
expect_status 1 verify edited
head -c -5 "$journal" >edited
expect_status 1 verify edited
has_message output 'edited:11: the last line has no end'
expect_status 1 verify nowhere

# .audit
expect_status 0 cmp "$mnt/.audit" "$journal"
expect_failure bash -c "echo x >>'$mnt/.audit'"
hsxfs_background tail -n 0 -f "$mnt/.audit" >followed
sleep 0.3
echo followed-3 >"$secrets/FOLLOWED"
wait_until 10 grep -q '"outcome"' followed
expect_equal "$(jq -r .kind followed | xargs)" 'intent outcome' 'what tail -f saw'
kill "$background"

# Two mounts, one chain.
mkdir other
hsxfs_mounts+=("$PWD/other")
expect_status 0 "$HSXFS_BUILD/hsxfs" "$config" "$PWD/other"
writers=()
for number in 1 2 3 4 5; do
	echo "two-mounts-$number" >"$secrets/HERE_$number" &
	writers+=($!)
	echo "two-mounts-$number" >"$PWD/other/acct_demo/acme-crm/staging/secrets/THERE_$number" &
	writers+=($!)
done
for writer in "${writers[@]}"; do
	wait "$writer" || fail 'a write failed'
done
expect_status 0 verify "$journal"
expect_equal "$(lines '.kind == "outcome" and .outcome == "OK"' | wc -l)" 15 'good ends'
expect_equal "$(lines '.mount' | jq -r .mount | sort -u | wc -l)" 2 'mounts'
expect_status 0 fusermount3 -u "$PWD/other"
hsxfs_unmount

# A line that was torn off is closed when the next mount begins.
printf '{"time":"2026-01-01T00:00:00Z","kind":"inte' >>"$journal"
hsxfs_mount
has_message "$journal" '"kind":"torn"'
expect_status 0 verify "$journal"

# One that has become large is put aside; the chain goes on in the next.
hsxfs_unmount
python3 - "$journal" <<-'END'
	import hashlib
	import json
	import sys

	lines = open(sys.argv[1], "rb").read().splitlines()
	last = hashlib.blake2b(lines[-1], digest_size=32).hexdigest()
	with open(sys.argv[1], "ab") as journal:
	    while journal.tell() <= 16 * 1024 * 1024:
	        line = json.dumps({"kind": "note", "text": "x" * 20000, "previous": last}).encode()
	        journal.write(line + b"\n")
	        last = hashlib.blake2b(line, digest_size=32).hexdigest()
END
expect_status 0 verify "$journal"
hsxfs_mount
echo rotated >"$secrets/ROTATED"
aside=$(find "$state" -name 'audit-*Z-*.jsonl')
expect_status 0 verify "$aside"
last=$(sed 's/.* to //' output)
expect_status 0 verify "$journal"
has_message output "OK, .* from $last to "
expect_equal "$(head -n 1 "$journal" | jq -r '.kind, .file' | xargs)" \
	"continued $(basename "$aside")" 'the first line of the new journal'
expect_equal "$(stat -c %a "$journal" "$aside" | xargs)" '600 600' 'modes'
expect_status 0 cmp "$mnt/.audit" "$journal"

# Where the journal may not be.
for refused in "$project/production" /proc/self; do
	expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" "$PWD/other" -o "state=$refused"
	has_message errors "^hsxfs: $refused"
	! is_mounted "$PWD/other" || fail "mounted with the journal in $refused"
done
expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" "$PWD/other" -o "state=$project/production"
has_message errors 'network file system.*-o state='
mkdir -m 777 open
expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" "$PWD/other" -o "state=$PWD/open"
has_message errors 'others can write to; name another'
expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" "$PWD/other" -o state=relative
hsxfs_unmount

# A full disk.
[ "$(id -u)" = 0 ] || exit 0
mkdir small
mount -t tmpfs -o size=256k,mode=700 tmpfs small
trap 'ended=$?; umount -l "$PWD/small"; (exit "$ended"); hsxfs_clean_up' EXIT
hsxfs_mount -o "state=$PWD/small/state"
echo before >"$secrets/BEFORE"
dd if=/dev/zero of=small/rest bs=4k 2>dd.output || true
requests_clear
# Some room has been set aside for lines.
stored=0
while [ "$stored" -lt 300 ] && bash -c "echo full >'$secrets/FULL'" 2>errors; do
	stored=$((stored + 1))
done
[ "$stored" -lt 300 ] || fail 'a full disk keeps no write from being sent'
has_message errors 'No space left on device'
expect_failure rm "$secrets/BEFORE"
expect_status 0 ls "$secrets"
expect_equal "$(requests PUT) $(requests DELETE)" "$stored 0" 'what was sent with the disk full'
expect_status 0 verify small/state/audit.jsonl
rm small/rest
echo full >"$secrets/FULL"
expect_status 0 verify small/state/audit.jsonl
hsxfs_unmount
