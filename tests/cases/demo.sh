#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 180
# NEVER-SKIP
# PLAIN-ONLY: holds the demo to 5 s, and what it runs is in other cases
# The demo shows what it says, which is what the README prints, fails where it cannot, and leaves
# nothing, however it ends.

. "$HSXFS_TESTS/lib/common.sh"

mkdir 'a place'
export TMPDIR="$PWD/a place"
demo=$HSXFS_TESTS/demo

# Called as soon as the demo has ended: nothing may still be on its way out.
nothing_left()
{
	local left

	left=$(ls -A "$TMPDIR")
	[ -z "$left" ] || fail "$1: left in TMPDIR: $left"
	left=$(pgrep -a -f "$TMPDIR/hsxfs-demo") && fail "$1: left running: $left"
	grep -qF "${TMPDIR// /\\040}/" /proc/self/mountinfo && fail "$1: left mounted"
	return 0
}

shown()
{
	has_message output "$1"
}

started=${EPOCHREALTIME/./}
expect_status 0 "$demo"
duration=$(((${EPOCHREALTIME/./} - started) / 1000))
[ "$duration" -lt 5000 ] || fail "took $duration ms"
nothing_left 'after a run'
expect_equal "$(cat errors)" '' 'what the demo says on standard error'
[ "$(wc -l <output)" -le 80 ] || fail "$(wc -l <output) lines are too many to read"
shown '^\$ echo re_123456 > production/secrets/RESEND_API_KEY$'
shown '^\(the emulator received \{"name":"RESEND_API_KEY","text":"re_123456",'
shown '^hsxfs: write-only secret RESEND_API_KEY$'
shown '^tr: .*File too large$'
shown '^\{"time":.*"operation":"write",.*"errno":"EFBIG",.*"code":10054,'
shown '^cp: .*Invalid argument$'
expect_equal "$(grep -c '^(exit status 1)$' output)" 5 'the failures shown'
shown '^Only in production/secrets: RESEND_API_KEY$'
expect_equal "$(sed -n '/^\$ rsync -ain/{n;p}' output | head -c 1)" '$' 'what follows the second rsync'
shown '^production/installs/1002$'
shown '^>   "state": "disabled",$'
shown '^production/routes/active:deploy_acme-crm_007$'
shown '^cat: .*Invalid argument$'
shown '"message":"deploy_acme-crm_009 was attested for staging, not for production"'
shown '^GREETING='
shown '^\$ cd; fusermount3 -u ~/mnt$'

# A shell in such a mount, instead; its end is the end.
expect_status 0 env SHELL=/bin/sh "$demo" --play <<<'echo v >staging/secrets/PLAYED; ls staging/secrets; exit 3'
nothing_left 'after playing'
shown '^PLAYED$'
expect_equal "$(cat errors)" '' 'what playing says on standard error'
expect_status 0 "$demo"

# The README has the same, but for the times.
without_times()
{
	sed 's/"time":"[^"]*"/"time":""/' "$1"
}

sed -n '/^<!-- demo:/,/^<!-- end of demo -->/p' "$HSXFS_SOURCE/README.md" |
	sed '/^<!--/d; /^```/d' >in-readme
[ -s in-readme ] || fail "the README has no demo"
diff -u <(without_times in-readme) <(without_times output) || fail "the README's demo is another"

# Interrupted at 20 moments of its life, as a terminal does it: the whole process group at once.
# stop_at SIGNAL MILLISECONDS TARGET: TARGET is - for the group, empty for the demo alone.
stop_at()
{
	local pid status=0

	set -m
	"$demo" >output 2>errors &
	pid=$!
	set +m
	sleep "$(printf '%d.%03d' $(($2 / 1000)) $(($2 % 1000)))"
	kill "-$1" -- "$3$pid" 2>/dev/null || true
	wait "$pid" || status=$?
	nothing_left "$1 after $2 ms (exit status $status)"
	[ "$status" = 0 ] || stopped=$((stopped + 1))
}

stopped=0
for moment in {0..19}; do
	stop_at INT $((duration * moment / 20)) -
done
[ "$stopped" -ge 3 ] || fail "only $stopped of 20 demos were interrupted"
stopped=0
for moment in {0..6}; do
	stop_at TERM $((duration * moment / 7)) -
	stop_at TERM $((duration * moment / 7)) ''
	stop_at HUP $((duration * moment / 7)) -
done
[ "$stopped" -ge 3 ] || fail "only $stopped of 21 demos were ended"

# Nobody reads on.
("$demo" 2>errors || true) | head -n 4 >output
nothing_left 'without a reader'

# It does not claim what does not happen.
mkdir broken
cat >broken/hsxfs <<END
#!/bin/sh
echo "hsxfs: out of order" >&2
exit 1
END
printf '#!/bin/sh\nexec "%s" "$@"\n' "$HSXFS_BUILD/hsxfs-emulator" >broken/hsxfs-emulator
chmod +x broken/*
expect_status 1 env HSXFS_BUILD="$PWD/broken" "$demo"
has_message errors 'not mounted'
has_message errors 'out of order'
nothing_left 'without a daemon'

jq '.limits.value_bytes = 10000' "$HSXFS_SOURCE/examples/demo-seed.json" >broken/seed.json
cat >broken/hsxfs-emulator <<END
#!/bin/bash
exec "$HSXFS_BUILD/hsxfs-emulator" "\${@/%*seed.json/$PWD/broken/seed.json}"
END
printf '#!/bin/sh\nexec "%s" "$@"\n' "$HSXFS_BUILD/hsxfs" >broken/hsxfs
expect_status 1 env HSXFS_BUILD="$PWD/broken" "$demo"
has_message errors 'exit status 0, not 1'
nothing_left 'with an emulator of other limits'

# For an ordinary user too. The examples are not in reach there, so they go along.
cat >as-user.sh <<END
. "\$HSXFS_TESTS/lib/common.sh"
[ "\$(id -u)" != 0 ]
mkdir -p place source/tests source/examples
cp "\$HSXFS_TESTS/demo" source/tests/
cat >source/examples/demo.json <<'JSON'
$(cat "$HSXFS_SOURCE/examples/demo.json")
JSON
cat >source/examples/demo-seed.json <<'JSON'
$(cat "$HSXFS_SOURCE/examples/demo-seed.json")
JSON
TMPDIR=\$PWD/place expect_status 0 source/tests/demo
expect_equal "\$(ls -A place)" '' 'what is left'
END
as_user as-user.sh
