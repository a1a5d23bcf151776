#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
# NEVER-SKIP
#
# What the backend of Workers KV reads and writes, Cloudflare's own simulator keeps the same way.

# shellcheck source=tests/lib/common.sh
. "$HSXFS_TESTS/lib/common.sh"
# shellcheck source=tests/lib/miniflare.sh
. "$HSXFS_TESTS/lib/miniflare.sh"

one=00112233445566778899aabbccddeeff
many=ffeeddccbbaa99887766554433221100

miniflare_start "$one" "$many"

# kv NAMESPACE OPERATION ARGUMENT...: the lines of these calls, sorted.
kv()
{
	timeout 60 "$HSXFS_BUILD/unit/kv" "$api" "$token" "$@" >lines || fail "kv $*"
	sort lines
}

# A write puts its key there as value, too.
expect_equal "$(kv "$one" put plain put 'a/b %3F ü' put '"{\n}')" \
	'put "{\n}: ok 0 
put a/b %3F ü: ok 0 
put plain: ok 0 ' 'the writes'
expect_equal "$(kv_stored "$one" '' 'to_entries | map([.key, .value.value, .value.expiration])')" \
	'[["\"{\\n}","\"{\\n}",4000000000],["a/b %3F ü","a/b %3F ü",4000000000],["plain","plain",4000000000]]' \
	'what a Worker sees'
expect_equal "$(kv "$one" get plain get 'a/b %3F ü' get absent bulk '"{\n}')" \
	'bulk "{\n}: ok 0 {"\"{\\n}":"\"{\\n}","absent":null}
get a/b %3F ü: ok 0 a/b %3F ü
get absent: not-found 10009 Workers KV: Not Found
get plain: ok 0 plain' 'the reads'

# The simulator calls a namespace by its binding, and knows no pages of them.
expect_equal "$(kv "$one" find "KV_$many" find nothing)" \
	"find KV_$many: ok 0 $many
find nothing: not-found 0 Workers KV: the account has no namespace \`nothing'" 'the titles'

jq -n '[range(2500) | "install:\(. + 1000001)" | {key: ., value: .}]' | kv_put "$many"
requests_clear
expect_equal "$(kv "$many" keys install:)" 'keys install:: ok 0 2500, the last install:1002500' \
	'the keys of three pages'
expect_equal "$(requests GET '*/keys')" 3 'the pages'
expect_equal "$(kv "$many" keys install:10024)" 'keys install:10024: ok 0 100, the last install:1002499' \
	'the keys with a prefix'

token=another-token-0123456789
expect_equal "$(kv "$many" get install:1000001)" \
	'get install:1000001: token-refused 10000 Workers KV: Authentication error' 'a wrong token'
