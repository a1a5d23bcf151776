#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > The first look at a `secrets/` costs one request for each of its Workers, and further looks
#   within `ttl` cost none.
# > Whoever looks while a listing is on its way waits for that one, and costs no request of his own.
#
# ls of 1,000 secrets is one request cold and none within the TTL; ls -l the same.

. "$HSXFS_TESTS/lib/common.sh"

jq -n --arg token "$token" --arg account "$account" --arg script "$production" '
	{tokens: [$token], accounts: {($account): {scripts: {($script):
	{generate: {prefix: "K", count: 1000}}}}}}' >seed.json
emulator_start seed.json
config_write

for command in ls 'ls -l' 'ls -l --color=always' 'find'; do
	hsxfs_mount
	requests_clear
	# shellcheck disable=SC2086 # a command and its options
	expect_status 0 $command "$secrets"
	[ "$(grep -c K output)" -ge 1000 ] || fail "$command: $(grep -c K output) names"
	expect_equal "$(requests)" 1 "requests of $command, cold"
	expect_equal "$(requests GET "*/scripts/$production/secrets")" 1 "listings of $command, cold"
	requests_clear
	for again in ls 'ls -l' 'ls -la' 'stat' 'du -a' 'grep -r x' 'rsync -an'; do
		# shellcheck disable=SC2086
		expect_status 0 $again "$secrets/"
	done
	expect_equal "$(requests)" 0 "requests within the TTL"
	hsxfs_unmount
done

# Many at once share one request; after the TTL there is one more.
hsxfs_mount -o ttl=2
requests_clear
rule '{"method": "GET", "delay_ms": 700}'
processes=()
for number in {1..20}; do
	ls -l "$secrets" >"listing.$number" &
	processes+=("$!")
done
wait "${processes[@]}"
for number in {1..20}; do
	cmp "listing.$number" listing.1
done
expect_equal "$(requests)" 1 "requests of 20 at once"
sleep 2.2
expect_status 0 ls "$secrets"
expect_equal "$(requests)" 2 "requests after the TTL"
hsxfs_unmount
