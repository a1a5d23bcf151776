#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A file's time is that of the last change.
# > Flags, routes and installs have the time that the server told, or that of 1980.
#
# "That of 1980" is 1980-01-02T00:00:00Z, which says that no age is known.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start '.control_plane.accounts.acct_demo.projects["acme-crm"] |= (
	.environments.production.flags["no-time"] = {state: "enabled", updatedAt: null} |
	.environments.production.flags["no-sense"] = {state: "enabled", updatedAt: "yesterday"} |
	.environments.production.installs = [
	{portalId: "1", createdAt: "2026-04-01T00:00:00Z", updatedAt: "2026-05-01T12:30:00.999Z"},
	{portalId: "2", createdAt: "2026-04-02T00:00:00Z", updatedAt: null},
	{portalId: "3", createdAt: null, updatedAt: null},
	{portalId: "4", createdAt: null, updatedAt: "2026-05-04T02:00:00+02:00"},
	{portalId: "5", createdAt: "2026-04-05T00:00:00Z", updatedAt: "last Monday"},
	{portalId: "6", createdAt: null, updatedAt: "2026-02-30T00:00:00Z"}] |
	.routes.staging.updatedAt = "soon" | .routes.dev = {active: "d", updatedAt: "2026-01-01T00:00:00Z"})'
plane_config
hsxfs_mount

# time_is TIME FILE...: modified and changed then.
time_is()
{
	local file wanted=$1

	shift
	for file in "$@"; do
		expect_output "$wanted" date -u -r "$file" +%FT%TZ
		expect_output "$(stat -c %Y "$file")" stat -c %Z "$file"
	done
}

times()
{
	time_is 2026-05-01T12:30:00Z "$installs/1"
	time_is 2026-04-02T00:00:00Z "$installs/2"
	time_is 2026-05-04T00:00:00Z "$installs/4"
	time_is 2026-04-05T00:00:00Z "$installs/5"
	time_is 1980-01-02T00:00:00Z "$installs/3" "$installs/6" "$installs"
	time_is 2026-06-11T14:02:11Z "$routes" "$routes"/{active,previous,reason,updated}
	time_is 1980-01-02T00:00:00Z "$project/staging/routes" "$project"/staging/routes/{active,reason}
	time_is 2026-01-01T00:00:00Z "$project/dev/routes/active"
	time_is 2026-06-01T00:00:00Z "$flags/new-pricing"
	time_is 2026-06-02T00:00:00Z "$flags/new-checkout"
	time_is 1980-01-02T00:00:00Z "$flags/no-time" "$flags/no-sense" "$flags"
}

times
expect_output "$installs/1
$installs/4" find "$installs" -type f -newermt 2026-04-30
expect_status 0 touch -d 2001-01-01 "$installs/1" "$routes/active" "$flags/new-pricing"
times
hsxfs_unmount
hsxfs_mount
ls -lR "$mnt" >/dev/null
times
hsxfs_unmount
