#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Whatever SSLKEYLOGFILE says, the keys of hsxfs' TLS connections are written nowhere.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -subj /CN=localhost -days 2 \
	-addext subjectAltName=DNS:localhost -out server.pem 2>/dev/null
read -r port < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 1)
mkdir nginx
cat >nginx.conf <<END
daemon off;
master_process off;
pid $PWD/nginx/pid;
error_log $PWD/nginx/error.log;
events {}
http {
access_log off;
client_body_temp_path $PWD/nginx/body;
proxy_temp_path $PWD/nginx/proxy;
fastcgi_temp_path $PWD/nginx/fastcgi;
uwsgi_temp_path $PWD/nginx/uwsgi;
scgi_temp_path $PWD/nginx/scgi;
server {
	listen 127.0.0.1:$port ssl;
	ssl_certificate $PWD/server.pem;
	ssl_certificate_key $PWD/server.key;
	location / { proxy_pass ${api%/client/v4}; }
}
}
END
hsxfs_background "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$PWD/nginx" -c "$PWD/nginx.conf" 2>>nginx.log

# curl does write them, so a file that stays empty says something about hsxfs.
export SSLKEYLOGFILE=$PWD/keys
wait_until 10 eval 'curl -s --cacert server.pem "https://localhost:$port/" >/dev/null'
[ -s keys ] || skip "this libcurl writes no keys anyway"
unset SSLKEYLOGFILE
rm keys

config_write '.accounts.acct_demo.cloudflare |= (.api = "https://localhost:\($port)/client/v4" | .ca_file = $ca)' \
	--arg port "$port" --arg ca "$PWD/server.pem"
SSLKEYLOGFILE=$PWD/keys hsxfs_mount
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
expect_errno ok write "$secrets/STRIPE_KEY" key
expect_equal "$(value_of STRIPE_KEY)" key
hsxfs_unmount
expect_status 0 timeout 20 env SSLKEYLOGFILE="$PWD/keys" "$HSXFS_BUILD/hsxfs" "$config" "$mnt"
expect_errno ok write "$secrets/STRIPE_KEY" other
fusermount3 -u "$mnt"
[ ! -e keys ] || fail "there are keys: $(head -c 100 keys)"
