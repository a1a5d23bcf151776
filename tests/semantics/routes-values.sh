#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > `routes/` has `active`, `previous`, `reason` and `updated`, one line each; a value that there is
#   not has no file.
# > One request serves the routes of all environments of a project.
# > `routes/` and its files have the time of the route.
# > `previous`, `reason` and `updated` cannot be written: EACCES.
# > `routes/.deploys` shows the project's deploys, newest first, as JSON lines: id, status, creation
#   time, manifest hash and what each attested; it can be opened by name, and is in no listing.
# > `user.hsxfs.serving` of an environment says which environment the project's Workers attested
#   last; where that is not the one that has a route, `.errors` has a line.
#
# What is read of routes, and what it costs.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"] |=
	(.deploys[0].accessToken = "canary-token" | .routes.staging.reason = "because " * 40 + ".")'
plane_config
hsxfs_mount

# Each value is one line; what there is not has no file.
expect_output $'active\nprevious\nreason\nupdated' ls -A "$routes"
expect_output $'active\nreason\nupdated' ls -A "$project/staging/routes"
expect_output '' ls -A "$project/dev/routes"
expect_equal "$(wc -c <"$project/staging/routes/reason")" 322 "the length of a long reason"
expect_errno 'stat ENOENT' stat "$project/staging/routes/previous"
expect_output 'deploy_acme-crm_007
deploy_acme-crm_006
promote
2026-06-11T14:02:11.000Z' cat "$routes"/{active,previous,reason,updated}
expect_equal "$(tail -qc 1 "$routes"/* | od -An -c | tr -d ' ')" '\n\n\n\n' "the last bytes"
expect_output deploy_acme-crm_009 cat "$project/staging/routes/active"
expect_equal "$(stat -c %s "$routes/active")" 20 "the size"

# All of that, of three environments, was one request.
expect_equal "$(requests GET '*/projects/acme-crm/routes')" 1 "requests for routes"

# The time is the route's; an environment without one has the time of what has no age.
for file in "$routes" "$routes"/*; do
	expect_equal "$(date -u -d "@$(stat -c %Y "$file")" +%FT%TZ)" 2026-06-11T14:02:11Z "${file#"$project"}"
done
expect_equal "$(stat -c %Y "$project/staging/routes")" "$(date -d 2026-06-11T16:40:03Z +%s)"
expect_equal "$(stat -c %Y "$project/dev/routes")" "$(date -d 1980-01-02T00:00:00Z +%s)"

requests_clear
for file in previous reason updated; do
	expect_errno 'open EACCES' write "$routes/$file" deploy_acme-crm_010
	expect_errno 'open EACCES' append "$routes/$file" deploy_acme-crm_010
done
expect_equal "$(requests)" 0 "requests of writes that are refused"

# The deploys: in no listing, the newest first, these members and no others.
expect_status 0 ls -A "$routes"
has_no output deploys
cat "$routes/.deploys" >deploys
expect_equal "$(jq -r .deployId deploys | tr '\n' ' ')" "deploy_acme-crm_010 deploy_acme-crm_009 \
deploy_acme-crm_008 deploy_acme-crm_007 deploy_acme-crm_006 deploy_acme-crm_005 "
expect_equal "$(wc -l <deploys)" 6 "lines"
expect_equal "$(head -n 1 deploys | jq -Sc .)" '{"attested":{"at":"2026-06-12T10:01:00Z",'\
'"environment":"production","healthy":true},"createdAt":"2026-06-12T10:00:00Z",'\
'"deployId":"deploy_acme-crm_010","manifestHash":"sha256:aa","status":"recorded"}'
expect_equal "$(tail -n 1 deploys | jq -c .attested)" null
cmp deploys "$project/staging/routes/.deploys"
has_no deploys canary-token

# What is serving: staging has a route too, but its Workers are not what attested last.
expect_equal "$(getfattr --absolute-names --only-values -n user.hsxfs.serving "$project/production")" production
expect_equal "$(getfattr --absolute-names --only-values -n user.hsxfs.serving "$project/staging")" production
expect_equal "$(grep -c '"operation":"serving"' "$mnt/.errors")" 1 "lines about what is serving"
has_message "$mnt/.errors" '"serving".*/acct_demo/acme-crm/staging".*last attested production'
hsxfs_unmount

# The other way round: a deploy of staging took production's scripts over.
plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"].attestation.environment = "staging"'
plane_config
hsxfs_mount
cat "$routes/active" >/dev/null
expect_equal "$(getfattr --absolute-names --only-values -n user.hsxfs.serving "$project/production")" staging
expect_equal "$(grep -c '"operation":"serving"' "$mnt/.errors")" 1 "lines about what is serving"
has_message "$mnt/.errors" '"serving".*/acct_demo/acme-crm/production".*last attested staging'
hsxfs_unmount
