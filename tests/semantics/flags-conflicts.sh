#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A JSON that is written over a version newer than what the same session has read is EBUSY, and the
#   newer one stays.
# > Where the authoring interface refuses, that is EBUSY, with its own text in `.errors`.
# > | somebody else has changed the flag (`version_conflict`, 412) | EBUSY |
# > | a flag of that key exists (`exists`) | EEXIST |
#
# Two who edit one flag, and an authoring interface that says no.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# elsewhere STATE: somebody else changes new-pricing at the control plane.
elsewhere()
{
	curl -sS -f -m 10 -X PATCH -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		-d "{\"state\": \"$1\"}" \
		"$plane/v0/accounts/acct_demo/projects/acme-crm/environments/production/apps/123456/flags/new-pricing" >/dev/null
}

there()
{
	plane_state '.accounts.acct_demo.projects["acme-crm"].flags.production["123456"]["new-pricing"] | [.version, .state, .by]'
}

# Each is a session of its own that waits for what it is to do: `reads', `archives' or `writes TEXT'.
cat >session.sh <<'SH'
while read -r command text; do
	case $command in
	reads) cat "$1" >/dev/null && echo ok ;;
	archives) rm "$1" && echo ok ;;
	writes) python3 "$HSXFS_TESTS/lib/errno.py" write "$1" "$text" ;;
	esac
done
SH

session()
{
	local -n ask=$1_ask answer=$1_answer

	echo "$2" >&"$ask"
	read -r -t 20 -u "$answer" said || fail "$1 $2: no answer"
	expect_equal "$said" "$3" "$1 $2"
}

start_session()
{
	mkfifo "$1.in" "$1.out"
	# shellcheck disable=SC2016 # its own arguments
	hsxfs_background bash -c 'exec setsid -w bash session.sh "$0" <"$1" >"$2"' \
		"$flags/new-pricing" "$1.in" "$1.out"
	exec {place}>"$1.in"
	declare -g "$1_ask=$place"
	exec {place}<"$1.out"
	declare -g "$1_answer=$place"
}

plane_start
plane_config
hsxfs_mount -o ttl=60
start_session anna
start_session ben

# Both have read version 3. The second who writes gets EBUSY, and nothing is sent.
session anna reads ok
session ben reads ok
session anna 'writes {"state": "disabled", "by": "anna"}' ok
requests_clear
session ben 'writes {"state": "enabled", "by": "ben"}' 'write EBUSY'
last_error '"errno":"EBUSY".*read it again'
session ben 'writes {"state": "enabled", "by": "ben"}' 'write EBUSY'
expect_equal "$(requests 'P*')" 0 'changes sent'
expect_equal "$(there)" '[4,"disabled","anna"]'

# A word is about no version.
session ben 'writes enabled' ok
session anna 'writes {"state": "enabled", "by": "anna"}' 'write EBUSY'

# Whoever reads it again may write; and who has written has read what he wrote.
session ben reads ok
session ben 'writes {"state": "disabled", "by": "ben"}' ok
session ben 'writes {"state": "enabled", "by": "ben", "again": true}' ok
expect_equal "$(there)" '[7,"enabled","ben"]'
session anna 'writes {"state": "disabled", "by": "anna"}' 'write EBUSY'
session anna reads ok
session anna 'writes {"state": "disabled", "by": "anna"}' ok
expect_equal "$(there)" '[8,"disabled","anna"]'

# Somebody else, at the control plane: the mount has not heard of it, and is told.
elsewhere enabled
session anna 'writes {"state": "disabled", "by": "anna", "again": true}' 'write EBUSY'
last_error '"http":409.*has version 9, not 8'
expect_equal "$(there)" '[9,"enabled","anna"]'
session anna 'writes {"state": "disabled", "by": "anna", "again": true}' 'write EBUSY'
session anna reads ok
session anna 'writes {"state": "disabled", "by": "anna", "again": true}' ok

# A mount that reads the snapshot anew.
session ben reads ok
elsewhere enabled
kill -HUP "$daemon"
ls "$flags" >/dev/null
requests_clear
session ben 'writes {"state": "disabled", "by": "ben"}' 'write EBUSY'
expect_equal "$(requests PUT)" 0 'changes sent'
expect_equal "$(there)" '[11,"enabled","anna"]'

# Of an archived one, which nobody can read again, the session is told once; who archives it knows.
session anna reads ok
session ben reads ok
session ben archives ok
session ben 'writes {"state": "enabled", "by": "ben"}' ok
session ben archives ok
session anna 'writes {"state": "enabled", "by": "anna"}' 'write EBUSY'
last_error 'was archived since it was read.*once more'
session anna 'writes {"state": "enabled", "by": "anna"}' ok
expect_equal "$(there)" '[15,"enabled","anna"]'
exec {anna_ask}>&- {ben_ask}>&- {anna_answer}<&- {ben_answer}<&-

# The authoring interface refuses, with its own text; the flag stays as it was.
refuses()
{
	local wanted=$1 said=$2 name=$3 text=$4

	rule "$5"
	expect_errno "write $wanted" write "$flags/$name" "$text"
	last_error "\"errno\":\"$wanted\".*$said"
	rules_clear
}
cp "$flags/new-checkout" before
for text in enabled '{"state": "enabled"}'; do
	refuses EBUSY 'Frozen until Monday' new-checkout "$text" \
		'{"path": "/control-plane/*", "error": "frozen", "message": "Frozen until Monday."}'
	refuses EBUSY 'Somebody holds the lock' new-checkout "$text" \
		'{"path": "/control-plane/*", "status": 423, "error": "locked", "message": "Somebody holds the lock."}'
	refuses EBUSY 'Too late' new-checkout "$text" \
		'{"path": "/control-plane/*", "status": 412, "error": "precondition", "message": "Too late."}'
	refuses EBUSY 'not linked' new "$text" \
		'{"path": "/control-plane/*", "error": "unlinked", "message": "The project is not linked: run hs-x link."}'
	refuses EEXIST 'is there already' new "$text" \
		'{"path": "/control-plane/*", "error": "exists", "message": "new is there already."}'
done
rule '{"path": "/control-plane/*", "error": "frozen", "message": "Frozen until Monday."}'
expect_errno 'unlink EBUSY' unlink "$flags/new-checkout"
last_error '"operation":"unlink".*Frozen until Monday'
expect_status 0 cmp before "$flags/new-checkout"
expect_errno 'read ENOENT' read "$flags/new"
hsxfs_unmount
