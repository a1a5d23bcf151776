#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
# NEVER-SKIP
# wrangler and hsxfs on the same API: each sees the names that the other sets and removes, and the
# same value given to both is stored as the same bytes.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
export CLOUDFLARE_API_BASE_URL=$api CLOUDFLARE_API_TOKEN=$token CLOUDFLARE_ACCOUNT_ID=$account

# wrangler ARGUMENT...: it has to work; what it says is in the file said.
wrangler()
{
	local status=0

	"$HSXFS_TESTS/clients/wrangler.sh" "$@" --name "$production" >said 2>said.errors || status=$?
	[ "$status" != 77 ] || skip "$(sed -n 's/^skipped: //p' said)"
	[ "$status" = 0 ] || fail "wrangler $* ended with $status: $(tail -n 20 said said.errors)"
}

names_in_wrangler()
{
	wrangler secret list
	jq -r '[.[].name] | sort | join(" ")' said
}

names_in_hsxfs()
{
	expect_status 0 ls "$secrets"
	sort output | tr '\n' ' ' | sed 's/ $//'
}

# The stored bytes in JSON, which shows every blank and line end.
stored()
{
	curl -sS -f -m 10 "$admin/state" | jq -c --arg account "$account" --arg script "$production" \
		--arg name "$1" '.accounts[$account].scripts[$script].secrets[$name]'
}

# by_hsxfs NAME TEXT and by_wrangler NAME TEXT: set the text and a newline, as echo gives it.
by_hsxfs()
{
	expect_status 0 bash -c 'echo "$1" >"$2"' bash "$2" "$secrets/$1"
}

by_wrangler()
{
	wrangler secret put "$1" <<<"$2"
}

is_refused()
{
	expect_status 1 bash -c 'echo "$1" >"$2"' bash "$2" "$secrets/$1"
	has_message errors 'Invalid argument'
}

# shellcheck disable=SC2016 # meant as they stand
declare -A value=(
	[PLAIN]='sk_live_51H8abcDEF'
	[ODD]='it'\''s a "quoted" \value\n with \\ and $HOME, ${X}, $(id), `id`, %s, #, a=b; and * too'
	[UNICODE]='schlüssel 🔑 ключ 鍵'
	[LEADING]=$' \t two blanks before'
	[TRAILING]=$'blanks behind \t '
	[NO_BREAK]=$'a no-break space behind\u00a0'
	[PEM]=$(openssl genpkey -algorithm ed25519)
	[JSON]=$'{\n  "type": "service_account",\n  "key": "a\\nb"\n}'
)
names=$(printf '%s\n' "${!value[@]}" | sort)
for name in $names; do
	by_wrangler "W_$name" "${value[$name]}"
done

# One line is the same in both; of several lines hsxfs keeps the last line end.
hsxfs_mount -o ttl=300
for name in PLAIN ODD UNICODE; do
	by_hsxfs "H_$name" "${value[$name]}"
	expect_equal "$(stored "H_$name")" "$(stored "W_$name")" "$name as hsxfs stores it"
	expect_equal "$(stored "H_$name")" "$(jq -nc --arg v "${value[$name]}" '$v')" "$name"
done
for name in PEM JSON; do
	by_hsxfs "H_$name" "${value[$name]}"
	expect_equal "$(stored "H_$name")" "$(stored "W_$name" | jq -c '. + "\n"')" \
		"$name as hsxfs stores it"
done
for name in LEADING TRAILING NO_BREAK; do
	is_refused "H_$name" "${value[$name]}"
	expect_equal "$(stored "H_$name")" null "$name, refused"
done

# Names, from hsxfs to wrangler.
everything=$(names_of)
expect_equal "$(names_in_wrangler)" "$everything" 'what wrangler lists'
rm "$secrets/H_PEM"
expect_equal "$(names_in_wrangler)" "${everything/H_PEM /}" 'what wrangler lists after an rm'

# Names, from wrangler to hsxfs: a listing is kept for a while, unless told otherwise.
names_in_hsxfs >before
wrangler secret delete W_ODD
expect_equal "$(names_in_hsxfs)" "$(cat before)" 'the listing that is kept'
kill -HUP "$daemon"
listing_is_new()
{
	[ "$(names_in_hsxfs)" = "$(names_of)" ]
}
wait_until 5 listing_is_new
expect_equal "$(names_in_hsxfs)" "$(sed 's/ W_ODD / /' before)" 'what is listed after a delete'
hsxfs_unmount

# As wrangler does it: white space at the end is dropped, that at the beginning is kept.
hsxfs_mount -o newline=trim,ttl=0
for name in $names; do
	[ "$name" != ODD ] || continue
	by_hsxfs "T_$name" "${value[$name]}"
	expect_equal "$(stored "T_$name")" "$(stored "W_$name")" "$name as newline=trim stores it"
done

# Without a time to live everything is seen at once, also by name.
expect_status 0 test -e "$secrets/ONLY_HERE"
expect_status 1 test -e "$secrets/BULK_1"
printf '{"BULK_1": "1", "BULK_2": "two\\nlines", "ONLY_HERE": null}' >bulk.json
wrangler secret bulk bulk.json
expect_status 0 test -e "$secrets/BULK_1"
expect_status 1 test -e "$secrets/ONLY_HERE"
expect_equal "$(names_in_hsxfs)" "$(names_of)" 'what is listed after a bulk'
has_message output '^BULK_2$'
expect_equal "$(cat "$secrets/BULK_2")" 'hsxfs: write-only secret BULK_2' 'a read'
hsxfs_unmount
