#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PLAIN-ONLY: LeakSanitizer does not work under strace
#
# > Between a write's arrival and its answer no file is opened but those of callers in /proc, and a
#   `.dev.vars` file that is written; where a new connection is needed, also what libc reads to find the
#   host (`/etc/hosts`, `resolv.conf`, `nsswitch.conf`, `host.conf`), and the system's certificates
#   unless a `ca_file` is named.
# > A `ca_file` is read once, when mounting.
#
# As strace sees it: over TLS, on the first connection and on one that is kept.

. "$HSXFS_TESTS/lib/common.sh"

[ "$(id -u)" = 0 ] || skip 'only root may trace the daemon'
unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"
unshare -p -f strace -o /dev/null true 2>/dev/null || skip "strace is not allowed here"

cat >inside.sh <<'INSIDE'
. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/tls.sh"
echo '127.0.0.1 localhost api.test' >hosts
echo 'hosts: files' >nsswitch.conf
for file in hosts nsswitch.conf; do
	mount --bind "$file" "/etc/$file"
done
tls_name=api.test
store=/etc/ssl/certs/ca-certificates.crt

emulator_start
tls_start
cat "$store" ca.pem >store.pem
mount --bind store.pem "$store"

# write_traced NAME: in a trace of its own; what was opened is then in the file opened.
write_traced()
{
	local tracer

	: >strace.said
	hsxfs_background strace -f -y -xx -s 4096 -e trace=open,openat,openat2,creat,read,writev \
		-o trace -p "$daemon" 2>strace.said
	tracer=$background
	wait_until 10 grep -q attached strace.said
	expect_status 0 python3 write.py "$secrets/$1"
	kill -INT "$tracer"
	wait "$tracer" || true
	expect_status 0 python3 "$HSXFS_TESTS/lib/opened.py" trace
	mv output opened
	expect_equal "$(grep -cx write opened)" 1 'writes in the trace'
	sed -i 1d opened
}

# A signal that is caught makes the daemon look at its caller.
cat >write.py <<'PYTHON'
import os, signal, sys
signal.signal(signal.SIGALRM, lambda *_: None)
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
signal.setitimer(signal.ITIMER_REAL, 0.1)
os.write(file, b"value\n")
os.close(file)
PYTHON

# opened_only PATTERN: nothing else was opened, and the caller was looked at.
opened_only()
{
	expect_equal "$(grep -Evx "/proc/[0-9]+/(status|stat|syscall|comm)|$1" opened || true)" '' \
		'other files that were opened'
	has_message opened '^/proc/[0-9]+/status$'
}

finder='/etc/(hosts|resolv\.conf|nsswitch\.conf|host\.conf|gai\.conf)'
for how in ca_file store; do
	# shellcheck disable=SC2016 # jq variables
	config_write '.accounts.acct_demo.cloudflare.api = $api
		| if $how == "ca_file" then .accounts.acct_demo.cloudflare.ca_file = $ca else . end' \
		--arg api "$tls_api" --arg ca "$PWD/ca.pem" --arg how "$how"
	hsxfs_mount
	[ "$how" = store ] || rm ca.pem
	rule '{"method": "PUT", "delay_ms": 400, "times": -1}'
	requests_clear
	write_traced FIRST
	expect_equal "$(requests)" 1 'requests for the first write'
	has_message opened '^/etc/hosts$'
	if [ "$how" = ca_file ]; then
		opened_only "$finder"
	else
		opened_only "$finder|$store"
		has_message opened "^$store\$"
	fi
	# The connection is kept.
	write_traced SECOND
	opened_only NONE
	rules_clear
	expect_equal "$(value_of SECOND)" value
	hsxfs_unmount
done

# What is opened is seen.
hsxfs_mount
secrets=$project/dev/secrets
write_traced SEEN
has_message opened '/dev/\.dev\.vars$'
hsxfs_unmount
INSIDE
unshare -m --propagation private bash inside.sh
