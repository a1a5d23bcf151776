#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > While the control plane cannot be asked, what the configuration names can be used, and what was
#   told before is shown.
# > A directory of accounts or projects of which nothing was told yet shows the configured ones and
#   then fails, so that no backup takes the others for deleted; one that was told before shows what
#   was told, and does not fail.
# > Where a directory shows what was known before, of secrets, flags, routes, installs, projects or
#   accounts, one line in `.errors` says so and why, once until it is known anew.
#
# A control plane that is silent, away or in error, since the mount or after it has told of something.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# An account and a project that are configured, and one of each that are told.
# shellcheck disable=SC2016 # a jq variable
plane_start '.control_plane.accounts |= (. as $all
	| .acct_demo.projects["told-crm"] = $all.acct_demo.projects["acme-crm"]
	| .acct_told = $all.acct_demo)'
emulator=$background

mount_told()
{
	# shellcheck disable=SC2016 # a jq variable
	config_write '.control_plane = {api: $plane, token: .accounts.acct_demo.cloudflare.token}' \
		--arg plane "$plane"
	hsxfs_mount -o deadline=0.5,ttl=0.02
}

# shows_and_fails DIRECTORY NAME ERRNO: the name, and then a failure; not an end.
shows_and_fails()
{
	python3 - "$1" >said <<-'PYTHON'
		import errno, os, sys

		try:
		    with os.scandir(sys.argv[1]) as entries:
		        for entry in entries:
		            print(entry.name)
		    print("the end")
		except OSError as error:
		    print(errno.errorcode[error.errno])
	PYTHON
	expect_equal "$(tr '\n' ' ' <said)" "$2 $3 " "what $1 shows"
	expect_failure ls "$1"
	expect_equal "$(cat output)" "$2" "ls $1"
	has_message "$mnt/.errors" "\"operation\":\"list\",\"path\":\"${1#"$mnt"}/?\",\"errno\":\"$3\""
}

# usable ERRNO: what is configured, that is; of what is not, nobody can say that it is not there.
usable()
{
	expect_errno ok stat "$mnt/acct_demo"
	expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls -A "$secrets"
	expect_errno ok write "$secrets/STRIPE_KEY" "value-$1"
	expect_equal "$(value_of STRIPE_KEY)" "value-$1"
	expect_errno "stat $1" stat "$mnt/acct_other"
	expect_errno "stat $1" stat "$mnt/acct_demo/other-crm"
}

# A backup that was made while all was told.
mount_told
expect_output $'acct_demo\nacct_told' ls -A "$mnt"
mkdir -p backup/acct_told backup/acct_demo/told-crm backup/acct_demo/acme-crm
touch backup/acct_told/file backup/acct_demo/told-crm/file
hsxfs_unmount

not_stale()
{
	ls "$mnt/acct_demo" >/dev/null
	! getfattr --absolute-names -n user.hsxfs.stale "$mnt/acct_demo" >/dev/null 2>&1
}

backs_up()
{
	hsxfs_run rsync -rt --delete --exclude=secrets --exclude=flags --exclude=routes --exclude=installs \
		"$mnt/" backup/
	[ "$status" = 23 ] || fail "rsync: exit status $status, not 23"
	[ -e backup/acct_told/file ] || fail "rsync --delete took an account for deleted"
	[ -e backup/acct_demo/told-crm/file ] || fail "rsync --delete took a project for deleted"
}

# Never reached since the mount: silent, refused, or an error.
plane_relay --stall-after 0
mount_told
shows_and_fails "$mnt" acct_demo ETIMEDOUT
shows_and_fails "$mnt/acct_demo" acme-crm ETIMEDOUT
usable ETIMEDOUT
backs_up
hsxfs_unmount
kill "$relay"
wait "$relay" || true
mount_told
shows_and_fails "$mnt" acct_demo ECONNREFUSED
shows_and_fails "$mnt/acct_demo" acme-crm ECONNREFUSED
usable ECONNREFUSED
backs_up
hsxfs_unmount
plane=${api%/client/v4}/control-plane
rule '{"path": "/control-plane/*", "status": 403, "times": -1}'
mount_told
shows_and_fails "$mnt" acct_demo EPERM
shows_and_fails "$mnt/acct_demo" acme-crm EPERM
usable EPERM
backs_up
hsxfs_unmount
rules_clear

# It ends in the middle: the second page fails, and what the first had is no whole list.
rule '{"path": "*/projects", "skip": 1, "status": 403, "times": -1}'
rule '{"path": "*/projects", "body": {"items": [{"projectId": "first-crm"}], "nextCursor": "2"}}'
mount_told
expect_failure ls "$mnt/acct_demo"
has_message output acme-crm
hsxfs_unmount
rules_clear

# Told before: it is shown on, and says of when it is.
plane_relay
mount_told
expect_output $'acme-crm\ntold-crm' ls -A "$mnt/acct_demo"
expect_output $'acct_demo\nacct_told' ls -A "$mnt"
ls "$mnt/acct_told" >/dev/null
before=$(date -u +%FT%TZ)
kill -STOP "$relay"
sleep 0.25
for _ in 1 2; do
	expect_output $'acct_demo\nacct_told' ls -A "$mnt"
	expect_output $'acme-crm\ntold-crm' ls -A "$mnt/acct_demo"
done
for directory in "$mnt" "$mnt/acct_demo"; do
	since=$(getfattr --absolute-names --only-values -n user.hsxfs.stale "$directory")
	[[ $since < $before || $since = "$before" ]] || fail "stale since $since, after $before"
done
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls -A "$secrets"
expect_errno ok write "$secrets/STRIPE_KEY" value-stale
expect_equal "$(value_of STRIPE_KEY)" value-stale
# A backup of what is old deletes nothing, and ends well.
expect_status 0 rsync -rt --delete --exclude=secrets --exclude=flags --exclude=routes --exclude=installs \
	"$mnt/" backup/
[ -e backup/acct_told ] && [ -e backup/acct_demo/told-crm ] || fail "rsync --delete took something for deleted"

# stale_lines PATH: how many lines say that it is old.
stale_lines()
{
	grep -c "\"list\",\"path\":\"$1\",\"errno\":\"E[A-Z]*\",.*what was known at 20[-0-9T:]*Z is shown" "$mnt/.errors" || true
}
for path in / /acct_demo; do
	expect_equal "$(stale_lines $path)" 1 "lines about $path"
done
expect_equal "$(stale_lines /acct_demo/acme-crm/production/secrets)" 0 "lines about secrets, which are not old"
kill -CONT "$relay"
wait_until 5 not_stale
kill -STOP "$relay"
sleep 0.25
ls "$mnt/acct_demo" >/dev/null
expect_equal "$(stale_lines /acct_demo)" 2 "lines about two outages"
kill -CONT "$relay"

# Secrets, flags, routes and installs, when all is gone.
wait_until 5 not_stale
ls "$project"/{production,staging}/{secrets,routes,installs} >/dev/null
kill "$relay" "$emulator"
wait "$relay" "$emulator" || true
admin=
# What came in pages is believed for a second.
sleep 1.1
for _ in 1 2; do
	expect_status 0 ls "$project"/{production,staging}/{secrets,routes,installs}
done
for directory in {production,staging}/{secrets,routes,installs}; do
	expect_equal "$(stale_lines "/acct_demo/acme-crm/$directory")" 1 "lines about $directory"
done
grep '/production/secrets",' "$mnt/.errors" >line
has_message line '"errno":"ECONNREFUSED"'
hsxfs_unmount
