#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Nothing in `installs/` can be written or removed: EACCES and EPERM.
# > | open of a flag, a route or an install for reading | what is known, else after it was asked for |
# > | unlink of a route or an install | EPERM |

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config
hsxfs_mount

# Opened for reading: asked for once, then from what is known.
expect_output reauth_required jq -r .state "$installs/1002"
expect_output deploy_acme-crm_007 cat "$routes/active"
expect_output enabled jq -r .state "$flags/new-pricing"
requests_clear
expect_output active jq -r .state "$installs/1001"
expect_output deploy_acme-crm_006 cat "$routes/previous"
expect_output disabled jq -r .state "$flags/new-checkout"
expect_equal "$(requests)" 0 'requests for what is known'
for file in "$installs/7" "$routes/next" "$flags/none"; do
	expect_failure cat "$file"
	has_message errors 'No such file or directory'
done

for file in "$installs/1001" "$routes/previous"; do
	before=$(cat "$file")
	expect_errno 'open EACCES' write "$file" text
	expect_errno 'open EACCES' append "$file" text
	expect_errno 'open EEXIST' exclusive "$file" text
	expect_errno 'fsync EACCES' fsync "$file"
	expect_errno 'truncate EACCES' truncate "$file" 0
	expect_errno 'truncate EACCES' truncate "$file" 7
	expect_errno 'unlink EPERM' unlink "$file"
	expect_errno 'rename EPERM' rename "$file" "$file.old"
	expect_errno 'link EPERM' link "$file" "$file.old"
	expect_errno 'chown EPERM' chown "$file" 7 7
	expect_equal "$(cat "$file")" "$before" "$file"
done
expect_errno 'unlink EPERM' unlink "$routes/active"
expect_errno 'unlink ENOENT' unlink "$installs/7"
for directory in "$installs" "$routes"; do
	expect_errno 'open EROFS' write "$directory/1003" text
	expect_errno 'open EROFS' exclusive "$directory/.hidden" text
	expect_errno 'mkdir EPERM' mkdir "$directory/1003"
	expect_errno 'rmdir EPERM' rmdir "$directory"
done
expect_failure rm -rf "$installs" "$routes"
expect_failure cp "$installs/1001" "$installs/1002"
expect_failure sed -i s/active/gone/ "$installs/1001"
expect_status 1 test -w "$installs/1001"
expect_output 400 stat -c %a "$installs/1001"
expect_output '1001 1002' bash -c 'cd "$1" && echo *' . "$installs"
expect_equal "$(requests 'P*')$(requests DELETE)" 00 'changes sent'
expect_errno 'open EACCES' write "$installs/1001" text
last_error '"open".*"/acct_demo/acme-crm/production/installs/1001".*"EACCES"'
hsxfs_unmount
