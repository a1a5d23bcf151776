#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
#
# > A secret was modified and changed when it was last set through hsxfs, as the journal tells, and a
#   name of which it tells nothing at 1980-01-02T00:00:00Z: an unknown age is old.
# > After a write the new time is seen at once, however the write was made: `test -nt`, `find -newer`
#   and `make` go by it.
# > What is set elsewhere is not seen: the time stays, and is older than the truth.
# > A write that failed, or of which nobody knows whether it was made, changes no time.
# > A removal forgets the time: a name that is set elsewhere after it is of 1980 again.
# > The time of a `.dev.vars` file says nothing of one value: its secrets have the journal's times, too.
# > `secrets/` has the time of the last set or removal there that the journal tells; accounts, projects,
#   environments, `flags/` and `installs/` have that of 1980.
# > `user.hsxfs.set` of a secret says when it was set, in UTC, and the number of the user who did.
#
# The API tells no times: they come from the journal of changes alone. What nobody knows is old and
# never "now", so that `find -mtime +90` lists it; and no tool changes a time but by setting a value.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount

# time_of FILE: when it was modified, which is when it was changed, too.
time_of()
{
	expect_equal "$(stat -c %z "$1")" "$(stat -c %y "$1")" "$1: changed"
	stat -c %.Y "$1"
}

# is_old FILE...: of 1980.
is_old()
{
	local file

	for file in "$@"; do
		expect_equal "$(time_of "$file")" 315619200.000000000 "$file"
	done
}

# now: what is set from here on is new. The clock for the times of files has steps of a few milliseconds.
now()
{
	touch before
	sleep 0.02
}

# is_new FILE: was set since, and before this.
is_new()
{
	[ "$1" -nt before ] || fail "$1 is of $(time_of "$1"), before $(time_of before)"
	touch after
	! [ "$1" -nt after ] || fail "$1 is of $(time_of "$1"), after $(time_of after)"
}

# set_elsewhere NAME [SCRIPT]: as wrangler does.
set_elsewhere()
{
	curl -sS -f -m 10 -X PUT -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		-d "{\"name\": \"$1\", \"text\": \"elsewhere\", \"type\": \"secret_text\"}" \
		"$api/accounts/$account/workers/scripts/${2:-$production}/secrets" >/dev/null
}

# remount ARGUMENT...
remount()
{
	hsxfs_unmount
	hsxfs_mount "$@"
}

key=$secrets/STRIPE_KEY

# ---- what nobody knows ----

is_old "$key" "$secrets" "$project"/dev/secrets/{,STRIPE_KEY} "$project"/production/{,flags,installs} \
	"$project" "$mnt/acct_demo" "$mnt"
expect_output "$key" find "$secrets" -type f -mtime +90 -name STRIPE_KEY
expect_errno 'getxattr ENODATA' getxattr "$key" user.hsxfs.set
expect_status 0 touch -d 2001-01-01 "$key"
expect_status 0 touch "$key"
is_old "$key"

# ---- after a write ----

# The rule of make: the target is made anew where the secret is newer.
printf '%s: %s\n\ttouch $@\n' stamp "$key" >Makefile
touch stamp
expect_status 0 make -q
now
echo new >"$key"
is_new "$key"
is_new "$secrets"
expect_status 1 make -q
expect_output "$key" find "$secrets" -type f -newer before
expect_output '' find "$secrets" -type f -mtime +90 -name STRIPE_KEY
first=$(time_of "$key")
expect_output "$(date -u -d "@$first" +%FT%TZ) $(id -u)" getfattr --only-values -n user.hsxfs.set "$key"
expect_status 0 touch "$key"
expect_equal "$(time_of "$key")" "$first" 'the time after touch'
touch stamp
expect_status 0 make -q

# By a rename, as one of many, by a close, and of a name that is not listed.
now
stat "$key" "$secrets" >/dev/null
echo by-rename >"$secrets/.temporary"
mv "$secrets/.temporary" "$key"
is_new "$key"
is_new "$secrets"
now
writers=()
for name in STRIPE_KEY RESEND_API_KEY MORE_1 MORE_2 MORE_3; do
	echo one-of-many >"$secrets/$name" &
	writers+=($!)
done
wait "${writers[@]}"
for name in STRIPE_KEY RESEND_API_KEY MORE_1 MORE_2 MORE_3; do
	is_new "$secrets/$name"
done
is_old "$secrets/ONLY_HERE"
remount -o commit=close
ls -l "$secrets" >/dev/null
now
python3 - "$key" <<-'END'
	import os
	import sys

	before = os.stat("before").st_mtime
	file = os.open(sys.argv[1], os.O_WRONLY | os.O_TRUNC)
	os.write(file, b"by-close\n")
	for entry in os.scandir(os.path.dirname(sys.argv[1])):
	    entry.stat()
	if os.stat(sys.argv[1]).st_mtime >= before:
	    sys.exit("the time is new before anything was sent")
	os.close(file)
	if os.stat(sys.argv[1]).st_mtime < before:
	    sys.exit("the time is not new after the close")
END
is_new "$key"
is_new "$secrets"
is_old "$project/production" "$project" "$mnt"
remount

# ---- what is no write, and what is made elsewhere ----

before_all=$(time_of "$key")
directory=$(time_of "$secrets")
expect_failure bash -c "head -c 6000 /dev/zero | tr '\0' x >'$key'"
expect_status 1 bash -c ": >'$key'; cp /dev/null '$key'"
rule '{"method": "PUT", "hang": true, "times": -1}'
remount -o deadline=1
expect_failure bash -c "echo nobody-knows >'$key'"
rules_clear
# The API is known to be down for a second.
is_up()
{
	ls -l "$secrets" >/dev/null 2>&1
}
wait_until 10 is_up
expect_equal "$(time_of "$key") $(time_of "$secrets")" "$before_all $directory" 'after what failed'
set_elsewhere STRIPE_KEY
set_elsewhere ELSEWHERE
remount
expect_equal "$(time_of "$key") $(time_of "$secrets")" "$before_all $directory" 'after what was set elsewhere'
is_old "$secrets/ELSEWHERE"
# One whose daemon is killed: nobody knows its end.
rule '{"method": "PUT", "hang": true, "times": -1}'
(echo nobody-knows >"$key") 2>/dev/null &
writer=$!
noted()
{
	tail -n 1 "$journal" | grep -q '"kind":"intent"'
}
wait_until 10 noted
kill -KILL "$daemon"
wait "$daemon" "$writer" 2>/dev/null || true
unmounted()
{
	! is_mounted "$mnt"
}
wait_until 10 unmounted
rules_clear
hsxfs_mount
expect_equal "$(jq -r 'select(.kind == "unknown") | .kind' "$journal")" unknown 'the end of it'
expect_equal "$(time_of "$key") $(time_of "$secrets")" "$before_all $directory" 'after what nobody knows'

# ---- removed ----

now
rm "$secrets/MORE_1"
is_new "$secrets"
set_elsewhere MORE_1
remount
is_new "$secrets"
is_old "$secrets/MORE_1"
now
echo again >"$secrets/MORE_1"
is_new "$secrets/MORE_1"

# ---- .dev.vars ----

dev=$project/dev/secrets
is_old "$dev/STRIPE_KEY"
now
echo in-a-file >"$dev/OTHER"
is_new "$dev/OTHER"
is_new "$dev"
is_old "$dev/STRIPE_KEY"
other=$(time_of "$dev/OTHER")
sed -i 's/canary-dev-stripe/by-hand/' dev/.dev.vars
remount
is_old "$dev/STRIPE_KEY"
expect_equal "$(time_of "$dev/OTHER")" "$other" 'a value in a file'
# A secret of that name in another place is another one.
now
echo twice >"$dev/STRIPE_KEY"
is_new "$dev/STRIPE_KEY"
expect_equal "$(time_of "$key")" "$before_all" 'a secret of the same name elsewhere'
hsxfs_unmount
