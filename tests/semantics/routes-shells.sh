#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > Writing the id that `previous` has goes back to it: a rollback, not a promotion.
#
# `cat previous > active` in six shells: each time one POST of a rollback, which the two swap in.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/control_plane.sh"
. "$HSXFS_TESTS/lib/shells.sh"

plane_start
plane_config
hsxfs_mount
cd "$routes"
[ "$(cat active)" = deploy_acme-crm_007 ]

for shell in "${shells[@]}"; do
	case $shell in
	busybox) command=(busybox sh -c) ;;
	zsh) command=(zsh -f -c) ;;
	fish) command=(env "HOME=${mnt%/mnt}" fish -N -c) ;;
	*) command=("$shell" -c) ;;
	esac
	before="$(cat active) $(cat previous)"
	requests_clear
	"${command[@]}" 'cat previous > active' || fail "$shell: exit status $?"
	expect_equal "$(cat previous) $(cat active)" "$before" "$shell: previous and active"
	expect_equal "$(curl -sS -f "$admin/requests" |
		jq -r '.[] | select(.method != "GET") | "\(.method) \(.path | sub(".*/projects/"; ""))"')" \
		'POST acme-crm/rollback' "$shell: what was sent"
done
expect_equal "$(plane_state '[.history[].action] | unique | join(" ")')" rollback "what was granted"
expect_equal "$(plane_state '.history | length')" 6 "how many"
cd "${mnt%/mnt}"
hsxfs_unmount
