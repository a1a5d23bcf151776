#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > While the control plane cannot be asked, what the configuration names can be used, and what was
#   told before is shown.
# > A directory of accounts or projects that could not be asked for shows the configured ones and
#   then fails, so that no backup takes the others for deleted.
#
# A control plane that is silent, away or in error, since the mount or after it has told of something.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# An account and a project that are configured, and one of each that are told.
# shellcheck disable=SC2016 # a jq variable
plane_start '.control_plane.accounts |= (. as $all
	| .acct_demo.projects["told-crm"] = $all.acct_demo.projects["acme-crm"]
	| .acct_told = $all.acct_demo)'

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
kill -CONT "$relay"
wait_until 5 not_stale
hsxfs_unmount
