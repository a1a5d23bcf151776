#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > SIGHUP drops all listings: the next listing of a directory is new.
# > SIGHUP does not read the configuration again, which holds as it was when mounting: unmount and mount for
#   that.
#
# In the background: mounted or failed is what the caller is told; every way to end unmounts.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
mkdir mnt
hsxfs_mounts+=("$mnt")

# start ARGUMENT...: sets daemon to the process that serves the mount.
start()
{
	expect_status 0 timeout 20 "$HSXFS_BUILD/hsxfs" "$config" "$mnt" "$@"
	expect_equal "$(cat output errors)" "" "what a daemon says that mounts"
	is_mounted "$mnt" || fail "status 0, but not mounted"
	expect_status 0 ls "$secrets"
	daemon=$(serving_process)
	[ -n "$daemon" ] || fail "no process has /dev/fuse open"
}

# The other process is the keeper, which never has it open.
serving_process()
{
	local pid

	for pid in $(pgrep -f "$config"); do
		if readlink "/proc/$pid/fd/"* | grep -qx /dev/fuse; then
			echo "$pid"
		fi
	done
}

not_mounted()
{
	! is_mounted "$mnt"
}

ended()
{
	! pgrep -f "$config" >/dev/null
}

start
fusermount3 -u "$mnt"
wait_until 5 ended
for signal in TERM INT KILL; do
	start
	kill "-$signal" "$daemon"
	wait_until 5 not_mounted
	wait_until 5 ended
	expect_status 0 ls mnt
done

# Everybody is told to end at once, as systemd and a shutdown do.
start
# shellcheck disable=SC2046 # several processes
kill -TERM $(pgrep -f "$config")
wait_until 5 not_mounted
wait_until 5 ended

# SIGHUP has the listings asked for again.
start
expect_status 0 ls "$secrets"
requests_clear
expect_status 0 ls "$secrets"
expect_equal "$(requests)" 0 "requests before SIGHUP"
kill -HUP "$daemon"
sleep 0.1
expect_status 0 ls "$secrets"
expect_equal "$(requests)" 1 "requests after SIGHUP"
# Not the configuration.
cp "$config" config.before
jq '.accounts |= {acct_other: .acct_demo}' config.before >"$config"
kill -HUP "$daemon"
sleep 0.1
expect_output acct_demo ls "$mnt"
cp config.before "$config"
fusermount3 -u "$mnt"
wait_until 5 ended

# While a write waits, the first signal unmounts and the second ends the daemon.
start -o deadline=20
rule '{"method": "PUT", "delay_ms": 20000}'
(echo waiting >"$secrets/X") 2>/dev/null &
writer=$!
wait_until 5 eval '[ "$(requests PUT)" = 1 ]'
kill -TERM "$daemon"
wait_until 2 not_mounted
kill -INT "$daemon"
wait_until 2 ended
wait "$writer" && fail "a write that was not answered succeeded"
rules_clear

# What keeps it from mounting is said, with status 1.
expect_status 1 timeout 10 "$HSXFS_BUILD/hsxfs" "$config" "$PWD/no-such-directory"
has_message errors no-such-directory
expect_status 1 timeout 10 "$HSXFS_BUILD/hsxfs" "$PWD/no-such-config.json" "$mnt"
has_message errors no-such-config.json
expect_status 1 timeout 10 "$HSXFS_BUILD/hsxfs" "$config" "$config"
expect_status 1 timeout 10 env HOME="$PWD" XDG_CONFIG_HOME="$PWD/none" "$HSXFS_BUILD/hsxfs" "$mnt"
has_message errors 'none/hsxfs/config.json'
ended || fail "a daemon that did not mount is still there"

mkdir -p home/.config/hsxfs
cp "$config" home/.config/hsxfs/config.json
expect_status 0 timeout 10 env -u XDG_CONFIG_HOME HOME="$PWD/home" "$HSXFS_BUILD/hsxfs" "$mnt"
is_mounted "$mnt" || fail "not mounted from ~/.config"
# A second mount elsewhere of the same configuration is nobody's trouble.
mkdir second
hsxfs_mounts+=("$PWD/second")
expect_status 0 timeout 10 "$HSXFS_BUILD/hsxfs" "$config" second
expect_status 0 ls second/acct_demo/acme-crm/production/secrets
expect_output "$PWD/home/.config/hsxfs/config.json fuse.hsxfs" findmnt -n -o SOURCE,FSTYPE "$mnt"
expect_output "$config fuse.hsxfs" findmnt -n -o SOURCE,FSTYPE "$PWD/second"
# A second one at the same place is.
for place in second ./second/ "$mnt"; do
	expect_status 1 timeout 10 "$HSXFS_BUILD/hsxfs" "$config" "$place"
	expect_equal "$(cat errors)" "hsxfs: $place is already mounted, by hsxfs: fusermount3 -u $place"
done
expect_equal "$(grep -c " $PWD/second " /proc/self/mountinfo)" 1 "mounts"
fusermount3 -u second
fusermount3 -u "$mnt"
# What a mount hides is said.
touch second/file
expect_status 0 timeout 10 "$HSXFS_BUILD/hsxfs" "$config" second
expect_equal "$(cat errors)" "hsxfs: warning: $PWD/second is not empty: what is in it is hidden while this is mounted"
expect_status 0 ls second/acct_demo
fusermount3 -u second
# A path that mount options cannot hold.
cp "$config" 'a,b.json'
expect_status 0 timeout 10 "$HSXFS_BUILD/hsxfs" 'a,b.json' "$mnt"
expect_output "hsxfs" findmnt -n -o SOURCE "$mnt"
fusermount3 -u "$mnt"
cp "$config" 'a b.json'
expect_status 0 timeout 10 "$HSXFS_BUILD/hsxfs" 'a b.json' "$mnt"
expect_output "$PWD/a b.json" findmnt -n -o SOURCE "$mnt"
fusermount3 -u "$mnt"

# What is wrong is said by the program's name, with the place and the mend.
expect_status 1 "$HSXFS_BUILD/hsxfs" "$config"
expect_equal "$(cat errors)" "hsxfs: $config is a file: a mount point is needed after the configuration"
expect_status 1 "$HSXFS_BUILD/hsxfs" --verify-audit "$journal" "$config"
expect_equal "$(cat errors)" "hsxfs: --verify-audit takes one journal: \`$config' is one too many"
expect_status 1 "$HSXFS_BUILD/hsxfs" --verify-audit "$PWD"
expect_equal "$(cat errors)" "hsxfs: $PWD: Is a directory"
expect_status 1 "$HSXFS_BUILD/hsxfs" --verify-audit no-such-journal
expect_equal "$(cat errors)" "hsxfs: no-such-journal: No such file or directory"
jq '.accounts.acct_demo.cloudflare.ca_file = "/no/such.pem"' "$config" >other.json
expect_status 1 "$HSXFS_BUILD/hsxfs" other.json "$mnt"
has_message errors "^hsxfs: $PWD/other.json: accounts.acct_demo.cloudflare.ca_file: .*/no"
jq '.accounts.acct_demo.cloudflare.token = {env: "NO_SUCH_VARIABLE"}' "$config" >other.json
expect_status 0 "$HSXFS_BUILD/hsxfs" other.json "$mnt"
has_message errors "^hsxfs: warning: $PWD/other.json: accounts.acct_demo.cloudflare.token: .*NO_SUCH_VARIABLE.*mount again"
fusermount3 -u "$mnt"
if [ "$(id -u)" = 0 ]; then
	chown 23456 other.json
	expect_status 1 "$HSXFS_BUILD/hsxfs" other.json "$mnt"
	has_message errors "belongs to the user 23456.*chown 0 other.json.*or mount as that user .in fstab: setuid=NAME"
fi

expect_status 0 "$HSXFS_BUILD/hsxfs" --help
has_message output '^usage: hsxfs'
expect_status 0 "$HSXFS_BUILD/hsxfs" --version
has_message output '^hsxfs [^ ]+$'
expect_status 1 "$HSXFS_BUILD/hsxfs"
expect_status 1 "$HSXFS_BUILD/hsxfs" --no-such-option
expect_status 1 "$HSXFS_BUILD/hsxfs" one two three
