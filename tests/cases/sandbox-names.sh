#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Names are resolved in the sandbox as outside of it, by `/etc/hosts` and by DNS, and a `ca_file` is
#   trusted there, wherever it is.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip "this is for root"
unshare -m -n true 2>/dev/null || skip "unshare -m -n is not allowed here"

cat >inside.sh <<'END'
. "$HSXFS_TESTS/lib/common.sh"

printf 'nameserver 127.0.0.1\n' >resolv.conf
printf 'hosts: files dns\n' >nsswitch.conf
printf '127.0.0.1 localhost api.in-hosts.example\n' >hosts
touch /etc/resolv.conf
mount --bind resolv.conf "$(realpath /etc/resolv.conf)"
mount --bind nsswitch.conf /etc/nsswitch.conf
mount --bind hosts /etc/hosts
hsxfs_background python3 "$HSXFS_TESTS/lib/name_server.py" questions
wait_until 5 test -e questions
emulator_start

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -subj /CN=test -days 2 -out elsewhere.pem \
	-addext 'subjectAltName=DNS:api.in-hosts.example,DNS:api.in-dns.example' 2>/dev/null
read -r port < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 1)
mkdir nginx
cat >nginx.conf <<CONF
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
	ssl_certificate $PWD/elsewhere.pem;
	ssl_certificate_key $PWD/key.pem;
	location / { proxy_pass ${api%/client/v4}; }
}
}
CONF
hsxfs_background "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$PWD/nginx" -c "$PWD/nginx.conf" 2>>nginx.log
wait_until 10 eval 'curl -sk "https://localhost:$port/" >/dev/null'

# reached NAME: names are looked up after the mount only.
reached()
{
	config_write '.accounts.acct_demo.cloudflare |= (.api = "https://\($name):\($port)/client/v4"
		| .ca_file = $ca)' --arg name "$1" --arg port "$port" --arg ca "$PWD/elsewhere.pem"
	: >questions
	hsxfs_mount -o state="$PWD/state-here"
	expect_output "$(names_of | tr ' ' '\n')" ls "$secrets"
	expect_equal "$(jq -c '.sandbox | [.no_new_privs, .seccomp]' "$mnt/.status")" '[true,true]'
	hsxfs_unmount
}

reached api.in-hosts.example
expect_equal "$(cat questions)" "" "what the name server was asked"
reached api.in-dns.example
[ -s questions ] || fail "the name server was not asked"
END
unshare -m -n --propagation private bash inside.sh
