#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > | a certificate that is not trusted | EPROTO |
#
# Through nginx with a certificate of a private CA: ca_file is needed, and the name has to be right.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
emulator=${api%/client/v4}

certificate()
{
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$2" -out "$1.csr" 2>/dev/null
	printf 'subjectAltName=DNS:%s\n' "$2" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
		-extfile "$1.ext" -out "$1.pem" 2>/dev/null
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=private -days 2 -out ca.pem 2>/dev/null
certificate right localhost
certificate wrong elsewhere.example

read -r right_port wrong_port < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 2)
server()
{
	cat <<-END
		server {
			listen 127.0.0.1:$1 ssl;
			ssl_certificate $PWD/$2.pem;
			ssl_certificate_key $PWD/$2.key;
			location / { proxy_pass $emulator; }
		}
	END
}
mkdir -p nginx
{
	cat <<-END
		daemon off;
		master_process off;
		pid $PWD/nginx/pid;
		error_log $PWD/nginx/error.log;
		events {}
		http {
		access_log $PWD/nginx/access.log;
		client_body_temp_path $PWD/nginx/body;
		proxy_temp_path $PWD/nginx/proxy;
		fastcgi_temp_path $PWD/nginx/fastcgi;
		uwsgi_temp_path $PWD/nginx/uwsgi;
		scgi_temp_path $PWD/nginx/scgi;
	END
	server "$right_port" right
	server "$wrong_port" wrong
	echo "}"
} >nginx.conf
hsxfs_background "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$PWD/nginx" -c "$PWD/nginx.conf" 2>>nginx.log
wait_until 10 eval 'curl -s --cacert ca.pem "https://localhost:$right_port/" >/dev/null'

# mount_tls PORT [CA-FILE]
mount_tls()
{
	config_write '.accounts.acct_demo.cloudflare.api = "https://localhost:\($port)/client/v4"
		| if $ca != "" then .accounts.acct_demo.cloudflare.ca_file = $ca else . end' \
		--arg port "$1" --arg ca "${2:-}"
	: >nginx/access.log
	requests_clear
	hsxfs_mount
}

mount_tls "$right_port" "$PWD/ca.pem"
expect_output "$(names_of | tr ' ' '\n')" ls "$secrets"
expect_status 0 bash -c "echo key > '$secrets/X'"
expect_equal "$(value_of X)" key
has_message nginx/access.log "PUT .*/$production/secrets"
hsxfs_unmount

for place in "$right_port:" "$wrong_port:$PWD/ca.pem"; do
	mount_tls "${place%%:*}" "${place#*:}"
	expect_errno 'write EPROTO' write "$secrets/Y" key
	expect_errno 'listdir EPROTO' listdir "$secrets"
	expect_failure ls "$secrets"
	has_message errors 'Protocol error'
	expect_equal "$(cat nginx/access.log)" "" "what nginx logged"
	expect_equal "$(requests)" 0 requests
	has_message "$secrets/.errors" EPROTO
	hsxfs_unmount
done
