#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > An installed portal is a file named by its number that holds JSON of these members and no others:
#   `accountId`, `projectId`, `environment`, `hubSpotAppId`, `portalId`, `installId`, `state`,
#   `createdAt`, `updatedAt`.
# > Nothing else that a server sends of an install is in any file, attribute or message of the mount.
# > A state that hsxfs does not know is shown as it came; `user.hsxfs.state` has it, too.
#
# Thirty records with tokens, addresses and sealed blobs, as members of their own, below other
# members, in the place of what is shown, and in records that are not shown at all.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

# Each has the word POISON wherever something is sent that must not be shown.
cat >poisoned.jq <<'JQ'
def poison: {
	accessToken: "POISON-token", refresh_token: "POISON-refresh", email: "POISON@example.com",
	user: {name: "POISON", emails: ["POISON@example.com"]}, sealed: "v1.POISON==",
	POISON: true, metadata: [{blob: "POISON=="}], portal: "POISON"};
[range(20) | poison + {portalId: "\(3000 + .)", state: "active", installId: "inst_\(.)"}] + [
	poison + {portalId: "3020", state: "POISON@example.com"},
	poison + {portalId: "3021", state: "active\nPOISON"},
	poison + {portalId: "3022", state: {token: "POISON"}},
	poison + {portalId: "3023", state: "active", installId: "inst POISON"},
	poison + {portalId: "3024", state: "active", installId: ["POISON"]},
	poison + {portalId: "3025", state: "active", updatedAt: "POISON", createdAt: {at: "POISON"}},
	poison + {portalId: "3026", state: "active", hubSpotAppId: "POISON"},
	poison + {portalId: "POISON", state: "active"},
	poison + {portalId: "3028/POISON", state: "active"},
	poison + {portalId: "3029", state: "active", projectId: "POISON"}]
JQ

jq -n -f poisoned.jq >poisoned.json
expect_equal "$(jq length poisoned.json)" 30 'the poisoned records'
# shellcheck disable=SC2016 # jq variables
plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].environments.production.installs =
	[{portalId: "1001", state: "active", installId: "inst.1-a_B", createdAt: "2026-04-01T00:00:00Z",
	  updatedAt: "2026-05-01T00:00:00.250Z"},
	 {portalId: 1002, state: "suspended-by_Robots2"},
	 {portalId: "1003", state: null}] + $poisoned[0]' --slurpfile poisoned poisoned.json
plane_config
hsxfs_mount -d
hsxfs_expect_log '/\.errors|refused'

expect_equal "$(cat "$installs/1001")" '{
  "accountId": "acct_demo",
  "createdAt": "2026-04-01T00:00:00Z",
  "environment": "production",
  "hubSpotAppId": "123456",
  "installId": "inst.1-a_B",
  "portalId": "1001",
  "projectId": "acme-crm",
  "state": "active",
  "updatedAt": "2026-05-01T00:00:00.250Z"
}' 'an installed portal'
expect_output "$(wc -c <"$installs/1001")" stat -c %s "$installs/1001"

# state_of PORTAL: in the file, and in the attribute.
state_of()
{
	echo "$(jq -r .state "$installs/$1") $(cd "$installs" && getfattr --only-values -n user.hsxfs.state "$1")"
}

expect_equal "$(state_of 1002)" 'suspended-by_Robots2 suspended-by_Robots2' 'an unknown state'
expect_equal "$(state_of 1003)" 'unknown unknown' 'a state that was not told'
expect_equal "$(state_of 3020)" 'unknown unknown' 'a state that is no word'
expect_equal "$(cd "$installs" && getfattr --only-values -n user.hsxfs.unshown .)" 3 'what is not shown'

expect_status 0 ls "$installs"
expect_equal "$(wc -l <output)" 30 'the files'
expect_equal "$(cat "$installs"/* | jq -s 'map(keys[]) | unique - ["accountId", "projectId",
	"environment", "hubSpotAppId", "portalId", "installId", "state", "createdAt", "updatedAt"] |
	length')" 0 'other members'
expect_status 1 stat "$installs/POISON"
expect_status 1 cat "$installs/3029"

# The whole mount, its control files and attributes, and what -d prints.
cp -r "$mnt" copy
cat "$mnt/.errors" "$mnt/.status" "$installs/.errors" "$installs/.status" >control
find "$mnt" -exec getfattr -d -m - {} + >attributes 2>/dev/null
find "$mnt" >names
has_message control 'of the records told are not shown'
has_message attributes 'user.hsxfs.state="active"'
grep -v '/installs/POISON' "$log" >messages
has_message messages 3019
has_no copy POISON
for place in control attributes names messages; do
	has_no "$place" POISON
done
hsxfs_unmount
