#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > An account that Cloudflare does not know (7003) makes a listing of `secrets/`, and of flags and installs that
#   are found by their namespace's title, fail with ENXIO: it is not empty.
#
# A wrong account_id empties nothing.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
config_write '.accounts.acct_demo.cloudflare.account_id = "ffffffffffffffffffffffffffffffff"
	| .accounts.acct_demo.projects["acme-crm"].app_id = "123456"'
hsxfs_mount
for directory in "$secrets" "$flags" "$installs"; do
	for _ in 1 2; do
		expect_errno 'listdir ENXIO' listdir "$directory"
		last_error '"list","path":"/acct_demo/acme-crm/production/[a-z]*","errno":"ENXIO","http":404,"code":7003,"message":".*"advice":"check account_id'
	done
	expect_errno 'getxattr ENODATA' getxattr "$directory" user.hsxfs.reason
done
hsxfs_unmount
