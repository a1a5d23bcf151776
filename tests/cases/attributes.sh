#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > With several Workers a write goes to each; if one refuses, the error is the first failure's, and
#   `.errors` names those that took it and those that did not.
# > After such a half-done write `user.hsxfs.missing` of the secret names the Workers that lack it.
# > chmod, chown to oneself, and utimes are accepted and change nothing.
# > chown to another user or group is EPERM.
# > setxattr and removexattr are ENOTSUP, and an unknown attribute is ENODATA.
#
# Attributes that tools set are accepted and change nothing; user.hsxfs.* tell what is known.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls -l "$secrets" >/dev/null
requests_clear
key=$secrets/STRIPE_KEY

expect_output "600 $(id -u) $(id -g)" stat -c '%a %u %g' "$key"
expect_output 'regular file' stat -c %F "$key"
expect_errno ok chmod "$key" 644
expect_errno ok chown "$key" "$(id -u)" "$(id -g)"
expect_errno ok chown "$key" -1 -1
expect_errno 'chown EPERM' chown "$key" 12345 12345
expect_status 0 touch -d 2020-01-01 "$key"
expect_output "600 $(id -u) $(id -g)" stat -c '%a %u %g' "$key"
expect_errno ok truncate "$key" 0
expect_errno 'truncate EINVAL' truncate "$key" 10
[ "$(stat -c %s "$key")" -gt 0 ] || fail "size 0"

expect_errno 'setxattr ENOTSUP' setxattr "$key" user.mine
expect_errno 'setxattr ENOTSUP' setxattr "$key" user.hsxfs.scripts
expect_errno 'getxattr ENODATA' getxattr "$key" user.nothing
expect_errno 'getxattr ENODATA' getxattr "$key" security.capability
expect_errno 'removexattr ENOTSUP' removexattr "$key" user.mine
expect_status 0 getfattr -d -m - "$key"
expect_status 0 getfattr -d -m - "$mnt" "$project" "$secrets"
for call in rename link symlink; do
	expect_errno "$call EPERM" "$call" "$key" "$secrets/OTHER"
done
expect_errno 'mkdir EPERM' mkdir "$secrets/D"
expect_errno 'mkdir EPERM' mkdir "$mnt/acct_demo/other"
expect_errno 'rmdir EPERM' rmdir "$secrets"
expect_errno 'mknod EPERM' mknod "$secrets/F"
expect_errno 'open EINVAL' append "$key" more
expect_errno 'open EEXIST' exclusive "$key" more
expect_errno 'open EISDIR' write "$secrets" more
expect_errno 'unlink EISDIR' unlink "$secrets"

# A failure that only the close could tell is kept and told to fsync, until a write succeeds.
rule '{"method": "PUT", "status": 403, "code": 10000, "message": "no way", "times": -1}'
expect_errno 'close EACCES' pieces "$key" $'two\nlines'
expect_errno 'fsync EACCES' fsync "$key"
expect_errno 'fsync EACCES' fsync "$key"
expect_status 0 getfattr --only-values -n user.hsxfs.failed "$key"
expect_status 0 cat "$key"
rules_clear
expect_errno ok write "$key" good
expect_errno ok fsync "$key"
expect_errno 'getxattr ENODATA' getxattr "$key" user.hsxfs.failed

# Several scripts: an attribute says which of them lacks a name.
hsxfs_unmount
config_write '.accounts.acct_demo.projects["acme-crm"].environments
	|= (.production.scripts += .staging.scripts | del(.staging))'
hsxfs_mount
expect_output $'ONLY_HERE\nRESEND_API_KEY\nSTRIPE_KEY' ls "$secrets"
expect_output "$staging" getfattr --only-values -n user.hsxfs.missing "$secrets/ONLY_HERE"
expect_errno 'getxattr ENODATA' getxattr "$secrets/STRIPE_KEY" user.hsxfs.missing
expect_errno ok write "$secrets/ONLY_HERE" both
expect_equal "$(value_of ONLY_HERE "$production") $(value_of ONLY_HERE "$staging")" "both both"
rule "{\"method\": \"PUT\", \"path\": \"*/$staging/*\", \"status\": 403, \"code\": 10000}"
expect_errno 'write EACCES' write "$secrets/ONLY_HERE" half
expect_equal "$(value_of ONLY_HERE "$production") $(value_of ONLY_HERE "$staging")" "half both"
tail -n 1 "$secrets/.errors" >last
has_message last "$production"
has_message last "$staging"
# A new name that only one of them took is there, and the attribute says where it is not.
rule "{\"method\": \"PUT\", \"path\": \"*/$staging/*\", \"status\": 403, \"code\": 10000}"
expect_errno 'write EACCES' write "$secrets/BOTH" half
expect_status 0 ls "$secrets"
has_message output BOTH
expect_output "$staging" getfattr --only-values -n user.hsxfs.missing "$secrets/BOTH"

expect_status 0 df "$mnt"
expect_status 0 stat -f "$mnt"
[ "$(stat -f -c %a "$mnt")" -gt 0 ] || fail "no free space"
hsxfs_unmount
