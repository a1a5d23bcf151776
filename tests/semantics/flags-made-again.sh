#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A namespace in Workers KV that was deleted and made again is found by its title once it was missed, or after SIGHUP.
#
# A namespace's id is not kept for ever.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"

plane_start
plane_config '.accounts.acct_demo.projects.own = {app_id: "1", environments: {production: {flags_key: "snapshot"}}}'
own=$mnt/acct_demo/own/production/flags
namespaces=$api/accounts/$account/storage/kv/namespaces

# made FLAG: a new namespace with that title, and that flag in it; sets id.
made()
{
	id=$(curl -sS -f -m 10 -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		-d '{"title": "hsx-acct-demo-own-production-1-flags"}' "$namespaces" | jq -r .result.id)
	curl -sS -f -m 10 -H "Authorization: Bearer $token" -X PUT --data-binary "{\"flags\": {\"$1\": {}}}" \
		"$namespaces/$id/values/snapshot" >output
}

deleted()
{
	curl -sS -f -m 10 -H "Authorization: Bearer $token" -X DELETE "$namespaces/$id" >output
}

made first
hsxfs_mount -o ttl=1
expect_output first ls "$own"
deleted
made second
sleep 1.1
ls "$own" >listed 2>errors || true
sleep 1.1
expect_output second ls "$own"
hsxfs_unmount

hsxfs_mount -o ttl=60
expect_output second ls "$own"
deleted
made third
kill -HUP "$daemon"
wait_until 5 test -e "$own/third"
expect_output third ls "$own"
hsxfs_unmount
