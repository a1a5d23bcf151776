#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Records without a decimal portal number, or of another project, are not shown;
#   `user.hsxfs.unshown` counts them.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config
# The records, and whether each is shown.
cat >records.json <<'JSON'
[[{"portalId": "1"}, true],
 [{"portalId": 2}, true],
 [{"portalId": "3", "accountId": "acct_demo", "projectId": "acme-crm", "environment": "production"}, true],
 [{"portalId": "12345678901234567890"}, true],
 [{"portalId": "123456789012345678901"}, false],
 [{"portalId": ""}, false],
 [{"portalId": null}, false],
 [{"state": "active"}, false],
 [{"portalId": -5}, false],
 [{"portalId": 5.5}, false],
 [{"portalId": "5a"}, false],
 [{"portalId": " 5"}, false],
 [{"portalId": "5\n"}, false],
 [{"portalId": "../5"}, false],
 [{"portalId": ".5"}, false],
 [{"portalId": ["5"]}, false],
 [{"portalId": "0x5"}, false],
 [{"portalId": "٥"}, false],
 ["5", false],
 [null, false],
 [{"portalId": "5", "projectId": "acme"}, false],
 [{"portalId": "5", "projectId": "acme-crm-2"}, false],
 [{"portalId": "5", "projectId": ["acme-crm"]}, false],
 [{"portalId": "5", "accountId": "acct_other"}, false],
 [{"portalId": "5", "environment": "staging"}, false],
 [{"portalId": "1", "state": "again"}, false]]
JSON
rule "$(jq '{method: "GET", path: "*/production/installs", status: 200, times: -1,
	body: {items: map(.[0]), nextCursor: null}}' records.json)"
hsxfs_mount
expect_output '1 12345678901234567890 2 3' bash -c 'cd "$1" && echo *' . "$installs"
expect_equal "$(cd "$installs" && getfattr --only-values -n user.hsxfs.unshown .)" \
	"$(jq 'map(select(.[1] | not)) | length' records.json)" 'what is not shown'
expect_output unknown jq -r .state "$installs/1"
last_error '"operation": *"list".*22 of the records told are not shown'
expect_status 1 cat "$installs/5"
hsxfs_unmount
