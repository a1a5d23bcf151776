# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Sourced first by every case: . "$HSXFS_TESTS/lib/common.sh"
# A case runs in an empty directory of its own. The functions are listed in tests/README.md.

set -Eeuo pipefail

: "${HSXFS_TESTS:=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}"
: "${HSXFS_SOURCE:=$(dirname "$HSXFS_TESTS")}"
: "${HSXFS_BUILD:=$HSXFS_SOURCE/build}"
XDG_STATE_HOME=$PWD/state-home
export HSXFS_TESTS HSXFS_SOURCE HSXFS_BUILD XDG_STATE_HOME

. "$HSXFS_TESTS/lib/assert.sh"

# shellcheck disable=SC2034 # the cases use them
{
	account=0123456789abcdef0123456789abcdef
	token="token-4f1d0c9e7ab35826"
	production=hsx-acct-demo-acme-crm-deals
	staging=$production-staging
	mnt=$PWD/mnt
	config=$PWD/config.json
	journal=$XDG_STATE_HOME/hsxfs/audit.jsonl
	log=$PWD/hsxfs.log
	project=$mnt/acct_demo/acme-crm
	secrets=$project/production/secrets
	daemon=
	api=
	admin=
}

# A kernel without it is no failure of what a case is about; the case sandbox looks at the layers.
hsxfs_expected=(-e 'sandbox: no Landlock here')
hsxfs_mounts=()
hsxfs_processes=()

# Background processes of a case are ended at its end, whichever way it ends.
hsxfs_background()
{
	"$@" &
	background=$!
	hsxfs_processes+=("$background")
}

hsxfs_on_error()
{
	echo "${BASH_SOURCE[1]}:$1: failed: $2" >&2
}

hsxfs_clean_up()
{
	local status=$? point pid

	trap - EXIT ERR
	set +e
	if [ "$status" != 0 ] && [ "$status" != 77 ] && [ -s "$log" ]; then
		echo "--- the end of $log:"
		tail -n 20 "$log"
	fi
	[ -z "$admin" ] || curl -s -m 2 -X DELETE "$admin/rules" >/dev/null
	for pid in "${hsxfs_processes[@]}"; do
		kill -TERM "$pid" 2>/dev/null
	done
	for point in "${hsxfs_mounts[@]}"; do
		is_mounted "$point" && fusermount3 -u -z "$point"
	done
	hsxfs_end_processes
	exit "$status"
}

hsxfs_end_processes()
{
	local pid try

	for pid in "${hsxfs_processes[@]}"; do
		for try in {1..500}; do
			kill -0 "$pid" 2>/dev/null || break
			[ "$try" -lt 500 ] || kill -KILL "$pid"
			sleep 0.02
		done
	done
	wait
}

trap hsxfs_clean_up EXIT
trap 'hsxfs_on_error "$LINENO" "$BASH_COMMAND"' ERR

# The emulator.

default_seed()
{
	cat <<-END
		{"tokens": ["$token"], "accounts": {"$account": {"name": "Demo", "scripts": {
		  "$production": {"secrets": {"STRIPE_KEY": "canary-production-stripe",
		                              "RESEND_API_KEY": "canary-production-resend",
		                              "ONLY_HERE": "canary-production-only"}},
		  "$staging": {"secrets": {"STRIPE_KEY": "canary-staging-stripe",
		                           "RESEND_API_KEY": "canary-staging-resend"}}
		}}}}
	END
}

has_a_line()
{
	[ -s "$1" ] && [ "$(wc -l <"$1")" -ge 1 ]
}

# emulator_start [SEED-FILE]: sets api and admin.
emulator_start()
{
	local seed=${1:-seed.json}

	[ $# -gt 0 ] || default_seed >seed.json
	rm -f url
	hsxfs_background "$HSXFS_BUILD/hsxfs-emulator" --listen 127.0.0.1:0 --seed "$seed" \
		--url-file url
	wait_until 10 has_a_line url
	api=$(cat url)
	admin=${api%/client/v4}/admin
}

# rule JSON: makes the emulator wait, refuse or lie; prints nothing.
rule()
{
	curl -sS -f -m 10 -X POST -d "$1" "$admin/rules" >/dev/null
}

rules_clear()
{
	curl -sS -f -m 10 -X DELETE "$admin/rules" >/dev/null
}

requests_clear()
{
	curl -sS -f -m 10 -X DELETE "$admin/requests" >/dev/null
}

# requests [METHOD [PATH-PATTERN]]: how many there were.
requests()
{
	curl -sS -f -m 10 -G --data-urlencode "method=${1:-*}" --data-urlencode "path=${2:-*}" \
		"$admin/requests" | jq length
}

# value_of NAME [SCRIPT]: the stored value with a newline, or nothing and another status than 0.
value_of()
{
	curl -sS -f -m 10 "$admin/state" | jq -er --arg name "$1" --arg script "${2:-$production}" \
		'[.accounts[].scripts[$script]?.secrets[$name]? | strings] | first // empty'
}

# names_of [SCRIPT]: the stored names in one line, sorted.
names_of()
{
	curl -sS -f -m 10 "$admin/state" | jq -r --arg script "${1:-$production}" \
		'[.accounts[].scripts[$script]?.secrets? | objects | keys[]] | sort | join(" ")'
}

# Configuration.

# config_write [JQ-FILTER [JQ-ARGUMENT...]]: the default configuration, changed by the filter.
config_write()
{
	local filter=${1:-.}

	[ $# -eq 0 ] || shift
	mkdir -p dev
	(umask 077 && printf '%s\n' "$token" >token)
	[ -e dev/.dev.vars ] || printf 'STRIPE_KEY="canary-dev-stripe"\n' >dev/.dev.vars
	jq -n --arg api "$api" --arg account "$account" --arg here "$PWD" \
		--arg production "$production" --arg staging "$staging" '
		{accounts: {acct_demo: {
			cloudflare: {api: $api, account_id: $account, token: {file: "\($here)/token"}},
			projects: {"acme-crm": {workers: ["deals"], environments: {
				production: {scripts: [$production]},
				staging: {scripts: [$staging]},
				dev: {dotenv: "\($here)/dev/.dev.vars"}
		}}}}}}' >config.default
	(umask 077 && jq "$filter" "$@" <config.default >"$config")
}

# Mounting.

is_mounted()
{
	grep -q " $1 [^-]* - fuse" /proc/self/mountinfo
}

# hsxfs_mount [ARGUMENT...]: mounts in the foreground of a background process; sets daemon.
hsxfs_mount()
{
	mkdir -p "$mnt"
	hsxfs_mounts+=("$mnt")
	"$HSXFS_BUILD/hsxfs" -f "$config" "$mnt" "$@" >>"$log" 2>&1 &
	daemon=$!
	hsxfs_processes+=("$daemon")
	wait_until 20 mounted_or_dead
	is_mounted "$mnt" || fail "not mounted: $(tail -n 3 "$log")"
}

mounted_or_dead()
{
	is_mounted "$mnt" || ! kill -0 "$daemon" 2>/dev/null
}

# hsxfs_expect_log PATTERN: such a line in the daemon's log is no failure of the case.
hsxfs_expect_log()
{
	hsxfs_expected+=(-e "$1")
}

# hsxfs_unmount: the daemon has to end with status 0 and to have complained of nothing.
hsxfs_unmount()
{
	local status=0

	fusermount3 -u "$mnt" || fail "fusermount3 -u: $mnt is busy"
	wait "$daemon" || status=$?
	[ "$status" = 0 ] || fail "the daemon ended with status $status"
	hsxfs_check_log
}

hsxfs_check_log()
{
	local pattern='error|warning|fatal|runtime error|Sanitizer' complaints

	complaints=$(grep -Ei "$pattern" "$log" |
		if [ ${#hsxfs_expected[@]} -gt 0 ]; then
			grep -Eiv "${hsxfs_expected[@]}"
		else
			cat
		fi) || true
	[ -z "$complaints" ] || fail "the daemon's log complains: $complaints"
}

# as_user SCRIPT [ARGUMENT...]: runs a bash script as an ordinary user who may use /dev/fuse, in an
# empty directory; the build and the tests are in reach whatever their place.
as_user()
{
	if [ "$(id -u)" != 0 ]; then
		mkdir -p as-user
		(cd as-user && bash "$@")
		return
	fi
	unshare -m --propagation private true 2>/dev/null || skip "unshare -m is not allowed here"
	unshare -m --propagation private bash "$HSXFS_TESTS/lib/as_user.sh" "$@"
}
