#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
#
# > A token that the API refuses (EACCES) is read again from its file, its credential or its command, at
#   most once in 10 s for an API: that call fails, and those after it have the new token.
# > SIGHUP has every token read again but those of environment variables.
# > Where a token cannot be read again, or is not good, that is said in `.errors`, and the one before
#   stays.
# > A token command that hangs holds up neither the mount nor its end, and is ended with it.
# > No token is in the environment, the arguments or the memory of the keeper, nor in the environment or
#   the arguments of the daemon.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
old="token-old-8c21f7a0d3"

works()
{
	ls "$secrets" >listing 2>/dev/null
}

# fresh: the next listing asks.
mount_now()
{
	hsxfs_mount -o ttl=0 "$@"
	requests_clear
}

# write_token TEXT [FILE]
write_token()
{
	(umask 077 && printf '%s\n' "$1" >"${2:-token}.new" && mv "${2:-token}.new" "${2:-token}")
}

keeper()
{
	local pid

	for pid in $(pgrep -f "$config"); do
		[ "$(cat "/proc/$pid/comm")" != hsxfs-keeper ] || echo "$pid"
	done | head -n 1
}

# A file.
config_write
write_token "$old"
mount_now
write_token "$token"
expect_errno 'listdir EACCES' listdir "$secrets"
wait_until 2 works
expect_errno ok write "$secrets/NEW" key
expect_equal "$(value_of NEW)" key

# What is on its way keeps the token that it was sent with, and nobody is told of either.
rule '{"method": "PUT", "path": "*", "delay_ms": 1000}'
bash -c "echo slow >'$secrets/SLOW'" &
slow=$!
sleep 0.3
write_token "$old"
kill -HUP "$daemon"
wait "$slow" || fail "the write that was on its way failed"
expect_equal "$(value_of SLOW)" slow
rules_clear
expect_errno 'listdir EACCES' listdir "$secrets"
has_no "$mnt/.errors" "$old" "$token"

# At most once in 10 s, but SIGHUP at any time.
write_token "$token"
sleep 0.5
expect_errno 'listdir EACCES' listdir "$secrets"
sleep 0.5
expect_errno 'listdir EACCES' listdir "$secrets"
kill -HUP "$daemon"
wait_until 2 works

# What is no token leaves the one before.
chmod 644 token
kill -HUP "$daemon"
said()
{
	grep -q "$1" "$mnt/.errors"
}
wait_until 2 said 'chmod 600'
works || fail "the token is gone"
rm token
kill -HUP "$daemon"
wait_until 2 said 'token: No such file'
works || fail "the token is gone"
write_token 'two words'
kill -HUP "$daemon"
wait_until 2 said 'a character that no token has'
works || fail "the token is gone"
has_no "$mnt/.errors" 'two words' "$token" "$old"
keeper=$(keeper)
for pid in "$daemon" "$keeper"; do
	has_no "/proc/$pid/environ" "$token" "$old"
	has_no "/proc/$pid/cmdline" "$token" "$old"
done
hsxfs_unmount

# One that was not there when it was mounted.
rm token
hsxfs_expect_log 'token: .*No such file'
config_write
rm token
mount_now
expect_errno 'listdir ENOKEY' listdir "$secrets"
write_token "$token"
kill -HUP "$daemon"
wait_until 2 works
hsxfs_unmount

# A command. It hangs from when the file hang is there.
cat >program <<'END'
#!/bin/sh
[ ! -e hang ] || { echo hangs >>hung; sleep 100; }
cat answer
END
chmod 755 program
sed -i "2i cd '$PWD'" program
# shellcheck disable=SC2016 # a jq variable
config_write '.accounts.acct_demo.cloudflare.token = {command: [$program]}' --arg program "$PWD/program"
write_token "$old" answer
mount_now
write_token "$token" answer
expect_errno 'listdir EACCES' listdir "$secrets"
wait_until 2 works

not_mounted()
{
	! is_mounted "$mnt"
}
ended()
{
	! kill -0 "$daemon" 2>/dev/null && ! pgrep -f "$PWD/program" >/dev/null && [ -z "$(keeper)" ]
}
hang()
{
	rm -f hung
	touch hang
	kill -HUP "$daemon"
	wait_until 5 test -s hung
	works || fail "a command that hangs holds up the mount"
}
hang
expect_within 1000 fusermount3 -u "$mnt"
wait_until 3 ended
rm hang

for signal in TERM KILL; do
	mount_now
	hang
	kill "-$signal" "$daemon"
	wait_until 2 not_mounted
	wait_until 3 ended
	rm hang
done

# A variable: read once, and nowhere to be seen.
config_write '.accounts.acct_demo.cloudflare.token = {env: "HSXFS_TEST_TOKEN"}'
HSXFS_TEST_TOKEN=$token mount_now
works || fail "the token of a variable is not taken"
kill -HUP "$daemon"
sleep 0.3
works || fail "the token of a variable is gone"
keeper=$(keeper)
for pid in "$daemon" "$keeper"; do
	tr '\0' '\n' <"/proc/$pid/environ" >environment
	has_message environment '^HSXFS_TEST_TOKEN='
	has_no environment "$token"
	has_no "/proc/$pid/cmdline" "$token"
done
# AddressSanitizer keeps a copy of the environment that it started with.
if [ "$(id -u)" = 0 ] && ! grep -q __asan_init "$HSXFS_BUILD/hsxfs"; then
	found()
	{
		python3 - "$1" "$token" <<-'END'
			import re
			import sys

			found = 0
			with open(f"/proc/{sys.argv[1]}/maps") as maps, open(f"/proc/{sys.argv[1]}/mem", "rb") as memory:
			    for line in maps:
			        start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
			        start, length = int(start, 16), int(end, 16) - int(start, 16)
			        if rights[0] != "r" or "[v" in line:
			            continue
			        try:
			            memory.seek(start)
			            found += memory.read(length).count(sys.argv[2].encode())
			        except OSError:
			            pass
			print(found)
		END
	}
	[ "$(found "$daemon")" -ge 1 ] || fail "the search finds nothing in the daemon either"
	expect_equal "$(found "$keeper")" 0 "how often the token is in the keeper's memory"
fi
hsxfs_unmount
