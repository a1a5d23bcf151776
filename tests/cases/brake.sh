#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > The fourth removal within 10 s by one session (setsid(2)) is EPERM, wherever in the mount, secrets and
#   flags counted together, and so is every further one until none was tried for 10 s.
# > `rm -rf` of a mount and `rsync --delete` remove at most three names in all.
# > `-o rm=free` lifts the brake, `-o rm=off` refuses every removal with EPERM, and `-o ro` every
#   change with EROFS.
#
# rm -rf and rsync --delete over three environments, of 20 secrets or of three, remove at most 3 names in all.

. "$HSXFS_TESTS/lib/common.sh"

# seed COUNT: so many secrets in each environment.
seed()
{
	count=$1
	jq -n --arg token "$token" --arg account "$account" --arg production "$production" \
		--arg staging "$staging" --argjson count "$count" '
		{generate: {prefix: "K", count: $count}} as $script
		| {tokens: [$token], accounts: {($account): {scripts: {($production): $script, ($staging): $script}}}}
		' >seed.json
}
mkdir dev empty

# fresh ARGUMENT...: all secrets everywhere, and a mount of them.
fresh()
{
	for ((number = 0; number < count; number++)); do
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

# How many have gone from all three together.
gone()
{
	local left

	read -r -a left <<<"$(left)"
	echo $((3 * count - left[0] - left[1] - left[2]))
}

done_with()
{
	hsxfs_unmount
	kill "$background"
}

# A Worker of three would lose all of them, if each directory had a count of its own.
for secrets_each in 3 20; do
	seed $secrets_each
	fresh
	expect_failure rm -rf "$mnt"/*
	has_message errors 'Operation not permitted'
	expect_equal "$(gone)" 3 "what rm -rf removed"
	has_message "$secrets/.errors" 'rm=free'
	# Another session has a count of its own.
	expect_status 0 setsid -w rm "$(find "$project"/*/secrets -name 'K*' | head -n 1)"
	expect_equal "$(gone)" 4 "what a second session removed, too"
	done_with
done

fresh
expect_failure rsync -a --delete empty/ "$mnt/"
expect_equal "$(gone)" 3 "what rsync --delete removed"
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
