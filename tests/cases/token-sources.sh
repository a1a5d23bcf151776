#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
#
# > Whatever is at the place of a token's file or credential when it is read again, and whatever its
#   command does, is one line in `.errors`, and nothing waits for it.
# > That the token of an environment variable cannot be read again is said in `.errors`, once, when the API
#   refuses it or at SIGHUP.
# > Where a token cannot be read again, or is not good, that is said in `.errors`, and the one before
#   stays.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
old="token-old-8c21f7a0d3"

works()
{
	ls "$secrets" >listing 2>/dev/null
}

# said: how many lines there are about tokens.
said()
{
	grep -c '"operation":"token"' "$mnt/.errors" || true
}

said_more()
{
	[ "$(said)" -gt "$before" ]
}

# stays PATTERN [SECONDS]: what is there at SIGHUP is one line, and the token before it is in use.
stays()
{
	before=$(said)
	kill -HUP "$daemon"
	expect_within 3000 works || fail "$1: the token before it is gone"
	wait_until "${2:-20}" said_more
	sleep 0.2
	expect_equal "$(said)" "$((before + 1))" "$1: lines about the token"
	grep '"operation":"token"' "$mnt/.errors" | tail -n 1 >line
	has_message line "could not be read again: .*$1"
	has_no line "$token" "$old"
	expect_within 3000 works || fail "$1: the token before it is gone"
}

# taken: what is there now is in use after the API has refused the one before it.
taken()
{
	expect_errno 'listdir EACCES' listdir "$secrets"
	wait_until 20 works
}

# write_token TEXT FILE
write_token()
{
	rm -rf "$2"
	(umask 077 && printf '%s\n' "$1" >"$2")
}

# odd_files FILE: everything that may be there in place of a token.
odd_files()
{
	rm "$1"
	stays 'No such file'
	mkdir "$1"
	stays 'no regular file'
	rmdir "$1"
	mkfifo -m 600 "$1"
	stays 'no regular file'
	rm "$1"
	ln -s "$1" "$1"
	stays 'symbolic links'
	ln -sfn /dev/zero "$1"
	stays 'no regular file'
	ln -sfn nothing "$1"
	stays 'No such file'
	# Its own mount, which the daemon has to serve meanwhile.
	ln -sfn "$secrets/STRIPE_KEY" "$1"
	stays 'a character that no token has'
	rm "$1"
	(umask 077 && head -c 1048576 /dev/zero | tr '\0' x >"$1")
	stays 'File too large'
	(umask 077 && : >"$1.empty" && mv "$1.empty" "$1")
	stays 'is empty'
	(umask 077 && printf '\n%s\n' "$token" >"$1")
	stays 'is empty'
	(umask 077 && printf '%s\0more\n' "$token" >"$1")
	stays 'a character that no token has'
	write_token "$token" "$1"
	chmod 644 "$1"
	stays 'chmod 600'
	if [ "$(id -u)" = 0 ]; then
		chmod 600 "$1"
		chown 23456 "$1"
		stays 'belongs to another user'
	fi
	write_token "$token" "$1"
	# A link to a good one is good.
	mv "$1" "$1.elsewhere"
	ln -s "$1.elsewhere" "$1"
}

# A file.
config_write
hsxfs_mount -o ttl=0
odd_files "$PWD/token"
hsxfs_unmount
rm token token.elsewhere
(umask 077 && printf '%s\n' "$old" >token)
hsxfs_mount -o ttl=0
(umask 077 && printf '%s\r\n' "$token" >token.new && mv token.new token)
taken
hsxfs_unmount

# A credential of systemd.
mkdir -m 700 credentials
config_write '.accounts.acct_demo.cloudflare.token = {credential: "cloudflare"}'
mv token credentials/cloudflare
export CREDENTIALS_DIRECTORY=$PWD/credentials
hsxfs_mount -o ttl=0
odd_files "$PWD/credentials/cloudflare"
hsxfs_unmount
rm credentials/*
write_token "$old" credentials/cloudflare
hsxfs_mount -o ttl=0
# As with an ACL for the service's user.
chmod 400 credentials/cloudflare
write_token "$token" credentials/cloudflare
chmod 440 credentials/cloudflare
taken
hsxfs_unmount
rm credentials/cloudflare
hsxfs_expect_log 'warning: .*token: .*No such file'
hsxfs_mount -o ttl=0
expect_errno 'listdir ENOKEY' listdir "$secrets"
write_token "$token" credentials/cloudflare
kill -HUP "$daemon"
wait_until 20 works
hsxfs_unmount
unset CREDENTIALS_DIRECTORY
hsxfs_expect_log 'warning: .*token: .*CREDENTIALS_DIRECTORY is not set'
hsxfs_mount -o ttl=0
expect_errno 'listdir ENOKEY' listdir "$secrets"
hsxfs_unmount

# A variable: said once, whatever comes.
config_write '.accounts.acct_demo.cloudflare.token = {env: "HSXFS_TEST_TOKEN"}'
HSXFS_TEST_TOKEN=$token hsxfs_mount -o ttl=0
expect_equal "$(said)" 0 'lines about the token'
stays 'environment variable'
kill -HUP "$daemon"
works
sleep 0.2
expect_equal "$(said)" 1 'lines about the token'
hsxfs_unmount
HSXFS_TEST_TOKEN=$old hsxfs_mount -o ttl=0
for _ in 1 2 3; do
	expect_errno 'listdir EACCES' listdir "$secrets"
	kill -HUP "$daemon"
done
expect_equal "$(said)" 1 'lines about the token'
has_message "$mnt/.errors" 'environment variable.*"advice":"mount again'
hsxfs_unmount

# A command.
does()
{
	printf '%s\n' "$1" >does
}
printf '#!/bin/sh\ncd "%s"\n. ./does\n' "$PWD" >program
chmod 755 program
# shellcheck disable=SC2016 # a jq variable
config_write '.accounts.acct_demo.cloudflare.token = {command: [$program]}' --arg program "$PWD/program"
does "echo $token"
hsxfs_mount -o ttl=0
does 'exit 0'
stays 'is empty'
does "echo $token; exit 3"
stays 'failed'
does "echo $token; kill -SEGV \$\$"
stays 'failed'
does "printf '$token\\000more\\n'"
stays 'a character that no token has'
does "printf 'two words\\n'"
stays 'a character that no token has'
does 'head -c 1048576 /dev/zero | tr "\\000" x'
stays 'printed too much'
chmod 644 program
stays 'cannot be run'
chmod 755 program
# It hangs, with the signals ignored that would end it.
does "trap '' TERM INT HUP; echo $token; while :; do sleep 1; done"
stays 'took over 30 s' 40
hsxfs_unmount
does "echo $old"
hsxfs_mount -o ttl=0
does "printf '$token\\r\\n'"
taken
hsxfs_unmount
