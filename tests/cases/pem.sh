#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Several lines are stored byte for byte.
#
# A key in PEM arrives whole, in exactly one PUT, whoever writes it.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null
openssl req -x509 -key key.pem -subj /CN=x -days 1 -out certificate.pem 2>/dev/null
sed 's/$/\r/' key.pem >crlf.pem
PEM=$(cat key.pem)
export PEM

# expect_stored NAME FILE: one PUT since the last look, and the stored bytes are the file's.
expect_stored()
{
	expect_equal "$(requests PUT)" 1 "PUTs of $1"
	curl -sS -f "$admin/state" |
		jq -ej --arg name "$1" --arg script "$production" \
			'.accounts[].scripts[$script].secrets[$name]' >stored
	cmp stored "$2" || fail "$1 is stored otherwise than written"
	requests_clear
}

requests_clear
echo "$PEM" >"$secrets/ECHO"
expect_stored ECHO key.pem
# The first output of a process: bash writes line by line.
bash -c 'echo "$PEM" > "$1"' bash "$secrets/ECHO_FIRST"
expect_stored ECHO_FIRST key.pem
for shell in dash zsh "busybox sh" ksh; do
	$shell -c 'echo "$PEM" > "$0"' "$secrets/SHELL"
	expect_stored SHELL key.pem
done
printf '%s' "$PEM" >"$secrets/PRINTF"
printf '%s' "$PEM" >without.pem
expect_stored PRINTF without.pem
/bin/echo "$PEM" >"$secrets/BIN_ECHO"
expect_stored BIN_ECHO key.pem
cat key.pem >"$secrets/CAT"
expect_stored CAT key.pem
cat <<<"$PEM" >"$secrets/HERE"
expect_stored HERE key.pem
cp key.pem "$secrets/CP"
expect_stored CP key.pem
cp -p key.pem "$secrets/CP_P"
expect_stored CP_P key.pem
install -m 600 key.pem "$secrets/INSTALL"
expect_stored INSTALL key.pem
tee "$secrets/TEE" <key.pem >/dev/null
expect_stored TEE key.pem
dd if=key.pem of="$secrets/DD" status=none
expect_stored DD key.pem
cp crlf.pem "$secrets/CRLF"
expect_stored CRLF crlf.pem
cat certificate.pem key.pem >chain.pem
cp chain.pem "$secrets/CHAIN"
expect_equal "$(value_of CHAIN)" "$(cat chain.pem)"
requests_clear

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$secrets/GENPKEY" 2>/dev/null
expect_equal "$(requests PUT)" 1 "PUTs by openssl genpkey"
value_of GENPKEY | openssl pkey -noout -check >/dev/null || fail "genpkey's key is not whole"

hsxfs_unmount
