# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# tls_start: nginx with a certificate of a private CA, ca.pem, in front of the emulator ($api); sets
# tls_api. The certificate is for localhost, or for $tls_name.

tls_certificate()
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=private -days 2 \
		-out ca.pem 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -keyout tls.key -subj /CN=localhost -out tls.csr \
		2>/dev/null
	echo "subjectAltName=DNS:localhost,DNS:${tls_name:-localhost}" >tls.ext
	openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
		-extfile tls.ext -out tls.pem 2>/dev/null
}

tls_start()
{
	local port

	tls_certificate
	port=$(python3 "$HSXFS_TESTS/lib/free_ports.py" 1)
	mkdir -p nginx
	cat >nginx.conf <<-END
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
			server {
				listen 127.0.0.1:$port ssl;
				ssl_certificate $PWD/tls.pem;
				ssl_certificate_key $PWD/tls.key;
				location / { proxy_pass ${api%/client/v4}; }
			}
		}
	END
	hsxfs_background "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$PWD/nginx" \
		-c "$PWD/nginx.conf" 2>>nginx.log
	# shellcheck disable=SC2034 # the cases use it
	tls_api=https://${tls_name:-localhost}:$port/client/v4
	wait_until 10 eval 'curl -s --cacert ca.pem "$tls_api" >/dev/null'
}
