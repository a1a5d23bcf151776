#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > The fourth removal in one directory within 10 s by one session is EPERM, and so is every further
#   one until none was tried for 10 s.
# > `rm -rf` of a mount and `rsync --delete` remove at most three names of an environment.
# > `-o rm=free` lifts the brake, `-o rm=off` refuses every removal with EPERM, and `-o ro` every
#   change with EROFS.
#
# rm -rf and rsync --delete over three environments of 20 secrets remove at most 3 names in each.

. "$HSXFS_TESTS/lib/common.sh"

jq -n --arg token "$token" --arg account "$account" --arg production "$production" \
	--arg staging "$staging" '
	{generate: {prefix: "K", count: 20}} as $script
	| {tokens: [$token], accounts: {($account): {scripts: {($production): $script, ($staging): $script}}}}
	' >seed.json
mkdir dev empty

# fresh ARGUMENT...: all 20 secrets everywhere, and a mount of them.
fresh()
{
	for number in {0..19}; do
		echo "K$number=value"
	done >dev/.dev.vars
	emulator_start seed.json
	config_write
	hsxfs_mount "$@"
	ls "$project"/*/secrets >/dev/null
}

left()
{
	echo "$(names_of "$production" | wc -w) $(names_of "$staging" | wc -w) $(wc -l <dev/.dev.vars)"
}

done_with()
{
	hsxfs_unmount
	kill "$background"
}

fresh
expect_failure rm -rf "$mnt"/*
has_message errors 'Operation not permitted'
expect_equal "$(left)" "17 17 17" "what rm -rf left"
has_message "$secrets/.errors" 'rm=free'
# Another session has a count of its own.
expect_status 0 setsid -w rm "$(find "$secrets" -name 'K*' | head -n 1)"
expect_equal "$(names_of | wc -w)" 16 "what a second session left"
done_with

fresh
expect_failure rsync -a --delete empty/ "$mnt/"
expect_equal "$(left)" "17 17 17" "what rsync --delete left"
done_with

fresh -o rm=free
expect_status 0 bash -c "rm '$secrets'/*"
expect_equal "$(names_of | wc -w)" 0 "what rm=free left"
done_with

fresh -o rm=off
expect_failure rm "$secrets/K3"
has_message errors 'Operation not permitted'
expect_equal "$(left)" "20 20 20" "what rm=off left"
done_with
