#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
#
# > After mounting, the daemon can open, of all files, only what it needs: `/proc`, libraries, the name
#   service's files, the system's certificate authorities to read; the state directory and those of
#   `.dev.vars` files to write. Not its configuration, not its tokens.
# > It can start no program, see into, signal or limit no other process, mount nothing, change no
#   identity, run no memory that it wrote, and change neither owner, mode nor times of a file by its
#   name: those calls, and all others that it has no use for, are EPERM, and those that are newer
#   than it ENOSYS.
# > It can open sockets for TCP and UDP, and of AF_NETLINK for routes, only, and can be no server:
#   bind(2) to an address of the internet, listen(2) and accept(2) are EPERM.
# > Where Landlock rules on TCP (version 4), it can connect to the ports of the configuration, of a
#   proxy and of the name service only, over IPv4 and IPv6; the ways to connect that Landlock does
#   not see, TCP Fast Open and MPTCP, are EPERM.
# > That holds for every thread of it.
# > `.status` says in `sandbox` which layers hold; one that the kernel lacks is said when mounting, and the
#   others hold without it.
# > With `-o sandbox=off` there are none.

. "$HSXFS_TESTS/lib/common.sh"

# Only these two differ from what is built already.
sanitize=0
if [ -d "$HSXFS_BUILD/obj" ]; then
	mkdir probe
	cp -a "$HSXFS_BUILD/obj" probe/obj
	rm probe/obj/fs/main.o probe/obj/fs/sandbox_probe.o
fi
! grep -q __asan_init "$HSXFS_BUILD/hsxfs" || sanitize=1
make -s -j2 -C "$HSXFS_SOURCE" SANITIZE="$sanitize" BUILD="$PWD/probe" CPPFLAGS=-DHSXFS_SANDBOX_PROBE \
	"$PWD/probe/hsxfs" >make.log 2>&1 || fail "$(cat make.log)"
emulator_start
config_write
port=${admin#http://127.0.0.1:}
port=${port%%/*}
read -r other_port < <(python3 "$HSXFS_TESTS/lib/free_ports.py" 1)
hsxfs_background python3 -m http.server -b 127.0.0.1 "$other_port" >/dev/null 2>&1
wait_until 10 eval 'curl -s -o listing "http://127.0.0.1:$other_port/"'
echo readable >plain
mkdir -p "$XDG_STATE_HOME/hsxfs"
chmod 700 "$XDG_STATE_HOME/hsxfs"

# probed [ARGUMENT...]: mounts the program that tries; sets landlock; what came of it is in the file probed.
probed()
{
	local build=$HSXFS_BUILD

	rm -f "$XDG_STATE_HOME/hsxfs/made" dev/made made
	: >"$log"
	HSXFS_BUILD=$PWD/probe
	HSXFS_PROBE_READ=/etc/shadow:$config:$PWD/token:$PWD/plain:/etc/hosts:/proc/self/status:$PWD/dev/.dev.vars \
	HSXFS_PROBE_WRITE=$PWD/made:$XDG_STATE_HOME/hsxfs/made:$PWD/dev/made \
	HSXFS_PROBE_PORTS=$port:$other_port \
		hsxfs_mount "$@"
	HSXFS_BUILD=$build
	wait_until 10 grep -q '^probe ended$' "$log"
	grep '^probe ' "$log" >probed
	landlock=$(jq .sandbox.landlock "$mnt/.status")
}

# came THREAD WHAT RESULT
came()
{
	grep -qFx "probe $1 $2: $3" probed || fail "no \`probe $1 $2: $3': $(grep -F "probe $1 $2:" probed)"
}

files_are()
{
	local thread=$1 result=$2 path

	for path in /etc/shadow "$config" "$PWD/token" "$PWD/plain"; do
		came "$thread" "read $path" "$result"
	done
	came "$thread" "write $PWD/made" "$result"
	for path in /etc/hosts /proc/self/status "$PWD/dev/.dev.vars"; do
		came "$thread" "read $path" "done"
	done
	came "$thread" "write $XDG_STATE_HOME/hsxfs/made" "done"
	came "$thread" "write $PWD/dev/made" "done"
}

calls_are_refused()
{
	local thread=$1 call

	for call in execve execveat process_vm_readv mount umount2 unshare setuid setresuid \
		open_by_handle_at bpf perf_event_open userfaultfd io_uring_setup keyctl shmget init_module \
		kexec_load reboot pidfd_open prlimit-other tgkill-other memfd_create terminal \
		fchmodat fchownat setxattr utimensat truncate \
		listen accept4 bind bind6 bind-datagrams packet-socket vsock-socket unix-socket \
		unix-pair-datagrams raw-socket icmp-socket netlink-audit; do
		came "$thread" "$call" EPERM
	done
	# Sanitizers need these.
	if [ "$sanitize" = 0 ]; then
		for call in clone ptrace dumpable kill memory-to-write-and-run memory-made-to-run; do
			came "$thread" "$call" EPERM
		done
	fi
	came "$thread" clone3 ENOSYS
	came "$thread" newer ENOSYS
	# No address of the internet is so short.
	came "$thread" bind-short EINVAL
	for call in tgkill-self unix-pair udp-socket netlink-socket bind-netlink; do
		came "$thread" "$call" "done"
	done
}

# normal: what it is for works.
normal()
{
	expect_output "$(names_of | tr ' ' '\n')" ls "$secrets"
	expect_status 0 bash -c "echo key > '$secrets/NEW$1'"
	expect_equal "$(value_of "NEW$1")" key
	expect_status 0 bash -c "echo key > '$project/dev/secrets/NEW$1'"
	has_message dev/.dev.vars "^NEW$1="
	tail -n 4 "$journal" >lines
	has_message lines "\"program\":\"$(realpath "$BASH")\""
	kill -HUP "$daemon"
	expect_output "$(names_of | tr ' ' '\n')" ls "$secrets"
}

privileges()
{
	awk '/^(NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' "/proc/$1/status"
}

# capabilities PROCESS SET: as in capabilities(7), in hexadecimal without zeros in front.
capabilities()
{
	printf '%x' "0x$(awk -v set="$2:" '$1 == set { print $2 }' "/proc/$1/status")"
}

# The emulator's port is the configuration's; nobody may connect to the other.
ports_are()
{
	came "$1" "connect $port" "done"
	came "$1" "connect $other_port" EACCES
	[ ! -s /proc/net/if_inet6 ] || came "$1" "connect6 $other_port" EACCES
}

HSXFS_PROBE_CALLS=1
export HSXFS_PROBE_CALLS
probed
expect_equal "$(jq -c '.sandbox | del(.landlock, .network)' "$mnt/.status")" \
	'{"no_new_privs":true,"capabilities":[],"seccomp":true}'
expect_equal "$(privileges "$daemon")" '1 2 ' "no_new_privs and seccomp of the daemon"
for set in CapInh CapPrm CapEff CapAmb; do
	expect_equal "$(capabilities "$daemon" "$set")" 0 "$set of the daemon"
done
for thread in main later; do
	calls_are_refused "$thread"
	for way in fastopen fastopen6 mptcp; do
		came "$thread" "$way $port" EPERM
		came "$thread" "$way $other_port" EPERM
	done
done
if [ "$landlock" != false ]; then
	for thread in main later; do
		files_are "$thread" EACCES
	done
	[ ! -e made ] || fail "a file was made"
fi
expect_equal "$(jq .sandbox.network "$mnt/.status")" "$(jq '.sandbox.landlock >= 4' "$mnt/.status")" network
if [ "$(jq .sandbox.network "$mnt/.status")" = true ]; then
	ports_are main
	ports_are later
fi
normal 1
hsxfs_unmount
unset HSXFS_PROBE_CALLS

# Without it, the same tries succeed.
probed -o sandbox=off
expect_equal "$(jq -c .sandbox "$mnt/.status")" \
	'{"no_new_privs":false,"capabilities":false,"seccomp":false,"landlock":false,"network":false}'
expect_equal "$(privileges "$daemon")" '0 0 ' "no_new_privs and seccomp of the daemon"
if [ "$(id -u)" = 0 ]; then
	files_are main "done"
	files_are later "done"
fi
came main "connect $other_port" "done"
if [ $(($(cat /proc/sys/net/ipv4/tcp_fastopen) & 1)) = 1 ]; then
	came main "fastopen $other_port" "done"
fi
normal 2
hsxfs_unmount

# What the sanitizers find in there comes out: each of these alone would fail any case.
not_mounted()
{
	! is_mounted "$mnt"
}

# reported FAULT PATTERN
reported()
{
	local status=0

	HSXFS_PROBE_FAULT=$1 probe/hsxfs -f "$config" "$mnt" >>"$log" 2>&1 &
	daemon=$!
	hsxfs_processes+=("$daemon")
	wait_until 20 mounted_or_dead
	[ "$1" != leak ] || fusermount3 -u "$mnt"
	wait "$daemon" || status=$?
	[ "$status" != 0 ] || fail "a daemon with a fault ($1) ends with 0"
	wait_until 10 not_mounted
	cat "$HSXFS_REPORTS"/report.* >reports || fail "no report of a fault: $1"
	has_message reports "$2"
	rm "$HSXFS_REPORTS"/report.*
}
if [ "$sanitize" = 1 ]; then
	reported leak 'LeakSanitizer: detected memory leaks'
	reported overflow 'AddressSanitizer: heap-buffer-overflow'
	reported undefined 'runtime error: signed integer overflow'
fi

for wrong in yes '' ON; do
	expect_status 1 "$HSXFS_BUILD/hsxfs" "$config" "$mnt" -o "sandbox=$wrong"
	has_message errors 'sandbox: expected on or off'
done

# A kernel without Landlock.
if [ "$(id -u)" = 0 ]; then
	: >"$log"
	python3 "$HSXFS_TESTS/lib/without_calls.py" 444,445,446 "$HSXFS_BUILD/hsxfs" -f "$config" "$mnt" >>"$log" 2>&1 &
	daemon=$!
	hsxfs_processes+=("$daemon")
	wait_until 20 mounted_or_dead
	expect_equal "$(jq -c .sandbox "$mnt/.status")" \
		'{"no_new_privs":true,"capabilities":[],"seccomp":true,"landlock":false,"network":false}'
	expect_equal "$(grep -c '^hsxfs: warning: sandbox: no Landlock' "$log")" 1 "how often it says so"
	hsxfs_expect_log 'sandbox: no Landlock'
	normal 3
	hsxfs_unmount
fi

# kill -9, and the keeper unmounts.
hsxfs_mount
expect_equal "$(awk '/^NoNewPrivs:/ { print $2 }' /proc/"$(pgrep -P "$daemon")"/status)" 0 "no_new_privs of the keeper"
kill -KILL "$daemon"
not_mounted()
{
	! is_mounted "$mnt"
}
wait_until 2 not_mounted
hsxfs_check_log
