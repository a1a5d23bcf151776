#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Certificates that are not to be trusted, in front of every operation: EPROTO and no request.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
emulator=${api%/client/v4}
read -r good wrong expired selfsigned unknown < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 5)

authority()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-subj "/CN=$1" -days 2 -out "$1.pem" 2>/dev/null
}

# certificate NAME HOST AUTHORITY [VALIDITY...]
certificate()
{
	local name=$1 host=$2 authority=$3

	shift 3
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" \
		-subj "/CN=$host" -out "$name.csr" 2>/dev/null
	printf 'subjectAltName=DNS:%s\n' "$host" >"$name.ext"
	openssl x509 -req -in "$name.csr" -CA "$authority.pem" -CAkey "$authority.key" \
		-CAcreateserial -extfile "$name.ext" -out "$name.pem" "$@" 2>/dev/null
}

authority private
authority stranger
certificate good localhost private -days 2
certificate wrong elsewhere.example private -days 2
certificate expired localhost private -days -1
certificate unknown localhost stranger -days 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout selfsigned.key \
	-subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 -out selfsigned.pem 2>/dev/null
openssl x509 -in expired.pem -noout -checkend 0 >/dev/null && fail "expired.pem has not expired"

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
	for server in good wrong expired selfsigned unknown; do
		cat <<-END
			server {
				listen 127.0.0.1:${!server} ssl;
				ssl_certificate $PWD/$server.pem;
				ssl_certificate_key $PWD/$server.key;
				location / { proxy_pass $emulator; }
			}
		END
	done
	echo "}"
} >nginx.conf
hsxfs_background "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$PWD/nginx" -c "$PWD/nginx.conf" 2>>nginx.log
wait_until 10 eval 'curl -s --cacert private.pem "https://localhost:$good/" >/dev/null'

# One account for each, so that none finds its API known to be down; "plain" is no TLS at all.
plain=${emulator##*:}
accounts=("good:$good")
for server in wrong expired selfsigned unknown plain; do
	accounts+=("$server-"{list,set,delete,rename}":${!server}")
done
# shellcheck disable=SC2016 # jq variables
config_write '.accounts.acct_demo as $account
	| def account($name; $port): $account | .cloudflare.api = "https://localhost:\($port)/client/v4"
		| .cloudflare.ca_file = "\($here)/private.pem"
		| .projects["acme-crm"].environments |=
			{production: {scripts: [if $name == "good" then $production else $name end]}};
	.accounts = ([$ARGS.positional[] | split(":") as [$name, $port] | {($name): account($name; $port)}] | add)' \
	--arg here "$PWD" --arg production "$production" --args "${accounts[@]}"
hsxfs_mount -o deadline=5

secrets_of()
{
	echo "$mnt/$1/acme-crm/production/secrets"
}

# operation NAME DIRECTORY: what errno.py says of it.
operation()
{
	case $1 in
	list) python3 "$HSXFS_TESTS/lib/errno.py" listdir "$2" ;;
	set) python3 "$HSXFS_TESTS/lib/errno.py" write "$2/NEW" canary-value ;;
	delete) python3 "$HSXFS_TESTS/lib/errno.py" unlink "$2/STRIPE_KEY" ;;
	rename)
		echo canary-value >"$2/.new"
		python3 "$HSXFS_TESTS/lib/errno.py" rename "$2/.new" "$2/NEW"
		;;
	esac
}

declare -A calls=([list]=listdir [set]=write [delete]=unlink [rename]=rename)
expect_output "$(names_of | tr ' ' '\n')" ls "$(secrets_of good)"
requests_clear
: >nginx/access.log
printf '%-12s %-16s %-16s %-16s %s\n' CERTIFICATE LIST SET DELETE RENAME >table
for server in wrong expired selfsigned unknown plain; do
	row=
	for name in list set delete rename; do
		said=$(operation "$name" "$(secrets_of "$server-$name")")
		expect_equal "$said" "${calls[$name]} EPROTO" "$name with certificate $server"
		expect_equal "$(jq -c "select(.path | startswith(\"/$server-$name/\")) | .errno" "$mnt/.errors")" \
			'"EPROTO"' "lines of $server-$name"
		row+=$(printf ' %-16s' "${said#* }")
	done
	printf '%-12s%s\n' "$server" "$row" >>table
done
cat table
expect_equal "$(requests)" 0 "requests that came through"
expect_equal "$(cat nginx/access.log)" "" "what nginx logged"
expect_output "$(names_of | tr ' ' '\n')" ls "$(secrets_of good)"
expect_errno ok write "$(secrets_of good)/NEW" key
cat "$mnt/.errors" >errors.json
has_no errors.json canary- "$token"
hsxfs_unmount
has_no "$log" canary- "$token"
