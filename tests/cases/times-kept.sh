#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
#
# > With several Workers a secret has the oldest of their times, and that of 1980 where the journal
#   tells nothing of one of them.
# > Times are those of before after an unmount, and after the journal was put aside: it is read when
#   mounting, with those before it, back to 64 MiB.
# > A line of the journal that is none, a time in the future, and a journal that others can write to, tell
#   no time.
# > What another mount has set is seen in the next mount, or after a SIGHUP and `ttl`.
# > With `-o ro` the times are the same, and nothing is written to the state directory.
#
# What the next mount, and others that share the journal, know of times.

. "$HSXFS_TESTS/lib/common.sh"

state=$XDG_STATE_HOME/hsxfs
unknown=315619200.000000000

# times_of DIRECTORY: of all that is in it and of itself, a line each.
times_of()
{
	stat -c '%.Y %n' "$1" "$1"/*
}

# time_is FILE TIME
time_is()
{
	expect_equal "$(stat -c %.Y "$1")" "$2" "$1"
}

# fill BYTES: makes the journal so long, with lines that tell nothing, in its chain.
fill()
{
	python3 - "$journal" "$1" <<-'END'
		import hashlib
		import json
		import sys

		lines = open(sys.argv[1], "rb").read().splitlines()
		last = hashlib.blake2b(lines[-1], digest_size=32).hexdigest()
		with open(sys.argv[1], "ab") as journal:
		    while journal.tell() <= int(sys.argv[2]):
		        line = json.dumps({"kind": "note", "text": "x" * 30000, "previous": last}).encode()
		        journal.write(line + b"\n")
		        last = hashlib.blake2b(line, digest_size=32).hexdigest()
	END
}

emulator_start
config_write
hsxfs_mount
key=$secrets/STRIPE_KEY
echo first >"$key"
echo first >"$project/staging/secrets/STRIPE_KEY"
echo first >"$project/dev/secrets/STRIPE_KEY"
echo first >"$secrets/REMOVED"
rm "$secrets/REMOVED"
times_of "$secrets" >times
[ "$(stat -c %.Y "$key")" != "$unknown" ] || fail 'there is no time'
hsxfs_unmount
hsxfs_mount
expect_equal "$(times_of "$secrets")" "$(cat times)" 'the times after a remount'
hsxfs_unmount

# ---- read only ----

find "$state" -printf '%p %s %T@\n' | sort >state.before
hsxfs_mount -o ro
expect_equal "$(times_of "$secrets")" "$(cat times)" 'the times with -o ro'
kill -HUP "$daemon"
expect_equal "$(times_of "$secrets")" "$(cat times)" 'the times with -o ro after a SIGHUP'
hsxfs_unmount
expect_equal "$(find "$state" -printf '%p %s %T@\n' | sort)" "$(cat state.before)" 'the state directory'
hsxfs_mount -o "ro,state=$PWD/nowhere"
time_is "$key" "$unknown"
hsxfs_unmount
[ ! -e nowhere ] || fail 'a state directory was made with -o ro'

# ---- what tells nothing ----

cp "$journal" journal.good
cat >>"$journal" <<END
no line
[]
{"kind":"intent","id":7}
{"kind":["intent"],"id":"0000000000000001"}
{"kind":"intent","id":"0000000000000002","operation":"set","path":"x","account":"$account","scripts":["$production"]}
{"time":"2020-01-01T00:00:00Z","kind":"outcome","id":"0000000000000002","outcome":"OK"}
{"kind":"intent","id":"0000000000000003","operation":"set","path":"/a/p/e/secrets/RESEND_API_KEY","scripts":[1]}
{"time":"2020-01-01T00:00:00Z","kind":"outcome","id":"0000000000000003","outcome":"OK"}
{"kind":"intent","id":"0000000000000004","operation":"set","path":"/a/p/e/secrets/RESEND_API_KEY","account":"$account","scripts":["$production"]}
{"time":"$(date -u -d '+1 day' +%FT%TZ)","kind":"outcome","id":"0000000000000004","outcome":"OK"}
{"kind":"intent","id":"0000000000000005","operation":"set","path":"/a/p/e/secrets/RESEND_API_KEY","account":"other","scripts":["$production"]}
{"time":"2020-01-01T00:00:00Z","kind":"outcome","id":"0000000000000005","outcome":"OK"}
{"time":"2020-01-01T00:00:00Z","kind":"outcome","id":"0000000000000006","outcome":"OK"}
$(head -c 100000 /dev/zero | tr '\0' x)
END
hsxfs_mount
expect_equal "$(times_of "$secrets")" "$(cat times)" 'the times after lines that tell nothing'
hsxfs_unmount
# But any that is written as JSON can be.
cat >>"$journal" <<END
{"kind" : "intent", "id":"0000000000000004", "operation":"\u0073et", "path":"/a/p/e/secrets/RESEND_API_KEY", "account":"$account", "scripts":["$production"]}
{"time" : "2020-01-01T00:00:00Z", "kind":"outcome", "id":"0000000000000004", "outcome":"OK"}
END
hsxfs_mount
time_is "$secrets/RESEND_API_KEY" "$(date -d 2020-01-01T00:00:00Z +%s).000000000"
hsxfs_unmount
cp journal.good "$journal"
chmod 620 "$journal"
hsxfs_mount
time_is "$key" "$unknown"
chmod 600 "$journal"
hsxfs_unmount

# ---- put aside ----

# A change that is under way meanwhile counts as well.
hsxfs_mount
fill $((16 * 1024 * 1024 - 40000))
rule '{"method": "PUT", "delay_ms": 1000}'
echo meanwhile >"$secrets/MEANWHILE" &
writer=$!
noted()
{
	grep -q MEANWHILE "$journal"
}
wait_until 10 noted
fill $((16 * 1024 * 1024))
wait "$writer"
expect_equal "$(find "$state" -name 'audit-*Z-*.jsonl' | wc -l)" 1 'journals that were put aside'
expect_equal "$(grep -c MEANWHILE "$journal" || true)" 0 'intents in the new journal'
times_of "$secrets" >times
grep -v -e " $secrets\$" -e /MEANWHILE times >others
hsxfs_unmount
hsxfs_mount
expect_equal "$(times_of "$secrets")" "$(cat times)" 'the times after the journal was put aside'
[ "$(stat -c %.Y "$secrets/MEANWHILE")" != "$unknown" ] || fail 'what was set meanwhile has no time'
for round in 1 2 3; do
	expect_equal "$(times_of "$secrets" | grep -v -e " $secrets\$" -e /MEANWHILE -e /ROUND)" \
		"$(cat others)" "the times in round $round"
	fill $((16 * 1024 * 1024 + 30000))
	echo next >"$secrets/ROUND_$round"
	hsxfs_unmount
	hsxfs_mount
done
expect_equal "$(find "$state" -name 'audit-*Z-*.jsonl' | wc -l)" 4 'journals that were put aside'
time_is "$key" "$unknown"
[ "$(stat -c %.Y "$secrets/ROUND_1")" != "$unknown" ] || fail 'the time within 64 MiB is lost'
expect_status 0 "$HSXFS_BUILD/hsxfs" --verify-audit "$journal"

# ---- several Workers ----

echo older >"$key"
oldest=$(stat -c %.Y "$key")
sleep 0.02
echo newer >"$project/staging/secrets/STRIPE_KEY"
[ "$project/staging/secrets/STRIPE_KEY" -nt "$key" ] || fail 'the times of both are the same'
staging_time=$(stat -c %.Y "$project/staging/secrets")
echo only >"$project/staging/secrets/ONLY_THERE"
hsxfs_unmount
config_write '.accounts.acct_demo.projects["acme-crm"].environments
	|= (.production.scripts += .staging.scripts | del(.staging))'
hsxfs_mount
time_is "$key" "$oldest"
time_is "$secrets/ONLY_THERE" "$unknown"
[ "$(stat -c %.Y "$secrets")" \> "$staging_time" ] || fail 'the directory is older than the last set in it'
touch before
sleep 0.02
echo to-both >"$secrets/ONLY_THERE"
[ "$secrets/ONLY_THERE" -nt before ] || fail 'what both have got is of before'
# Where one refuses, the one that took it tells nothing either.
last=$(stat -c %.Y "$secrets/ONLY_THERE")
rule "{\"method\": \"PUT\", \"path\": \"*/$staging/*\", \"status\": 403, \"code\": 10000, \"times\": -1}"
expect_failure bash -c "echo half >'$secrets/ONLY_THERE'"
rules_clear
time_is "$secrets/ONLY_THERE" "$last"
hsxfs_unmount

# ---- two mounts ----

config_write
first=$mnt
hsxfs_mount -o ttl=1
first_daemon=$daemon
mnt=$PWD/second
hsxfs_mount
second=$mnt
place=acct_demo/acme-crm/production/secrets
stat "$first/$place/STRIPE_KEY" >/dev/null
echo by-the-second >"$second/$place/STRIPE_KEY"
new=$(stat -c %.Y "$second/$place/STRIPE_KEY")
[ "$new" != "$oldest" ] || fail 'the second set has changed no time'
sleep 1.2
time_is "$first/$place/STRIPE_KEY" "$oldest"
kill -HUP "$first_daemon"
is_seen()
{
	[ "$(stat -c %.Y "$first/$place/STRIPE_KEY")" = "$new" ]
}
wait_until 10 is_seen
expect_equal "$(stat -c %.Y "$first/$place")" "$new" 'the time of the directory'
# Also where the second has put the journal aside meanwhile.
fill $((16 * 1024 * 1024 + 30000))
echo by-the-second >"$second/$place/STRIPE_KEY"
new=$(stat -c %.Y "$second/$place/STRIPE_KEY")
kill -HUP "$first_daemon"
wait_until 10 is_seen
# What the first has set itself meanwhile stays.
echo by-the-first >"$first/$place/RESEND_API_KEY"
own=$(stat -c %.Y "$first/$place/RESEND_API_KEY")
rm "$first/$place/ROUND_1"
kill -HUP "$first_daemon"
sleep 1.2
time_is "$first/$place/RESEND_API_KEY" "$own"
hsxfs_unmount
mnt=$first daemon=$first_daemon
hsxfs_unmount
hsxfs_mount
time_is "$secrets/STRIPE_KEY" "$new"
time_is "$secrets/RESEND_API_KEY" "$own"
hsxfs_unmount
