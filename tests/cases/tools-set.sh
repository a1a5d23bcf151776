#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tools that people set a secret with: one PUT of exactly the value, and a refusal is seen.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount -o rm=free
ls "$secrets" >/dev/null
printf 'a-value\n' >value
python3 -u -m http.server --bind 127.0.0.1 --directory . 0 >served 2>&1 &
hsxfs_processes+=("$!")
wait_until 10 grep -q 'http://127' served
web=$(grep -o 'http://127[0-9.:]*' served | head -n 1)

# Each writes a-value and a newline to the file $1.
by_echo() { /bin/echo a-value >"$1"; }
by_printf() { printf '%s' a-value >"$1"; }
by_cat() { cat value >"$1"; }
by_cp() { cp value "$1"; }
by_cp_p() { cp -p value "$1"; }
by_cp_a() { cp -a value "$1"; }
by_install() { install -m 600 value "$1"; }
by_tee() { tee "$1" <value >/dev/null; }
by_dd() { dd if=value of="$1" status=none; }
by_head() { head -n 1 value >"$1"; }
by_awk() { awk -v file="$1" '{print > file}' value; }
by_sed_w() { sed -n "w $1" value; }
by_jq() { jq -n -r '"a-value"' >"$1"; }
by_base64() { base64 -d >"$1" <<<"$(base64 value)"; }
by_openssl() { openssl enc -base64 -d -out "$1" <<<"$(base64 value)"; }
by_curl() { curl -s -S -o "$1" "$web/value"; }
by_rsync_inplace() { rsync --inplace value "$1"; }
by_python_print() { python3 -c 'print("a-value")' >"$1"; }
by_python_path() { python3 -c 'import pathlib, sys; pathlib.Path(sys.argv[1]).write_text("a-value\n")' "$1"; }
by_node() { node -e 'require("fs").writeFileSync(process.argv[1], "a-value\n")' "$1"; }
by_perl() { perl -e 'open(F, ">", $ARGV[0]) or die "$!"; print F "a-value\n"; close(F) or die "$!"' "$1"; }
by_group() { { /bin/echo a-value; } >"$1"; }
by_subshell() { (cat value) >"$1"; }
by_dash_child() { dash -c '/bin/echo a-value > "$0"' "$1"; }
by_here() { cat <<<a-value >"$1"; }
by_mv() { cp value moving && mv moving "$1"; }
by_xargs() { echo "$1" | xargs cp value; }

tools=$(declare -F | sed -n 's/^declare -f by_//p')
for tool in $tools; do
	case $tool in
	node) command -v node >/dev/null || continue ;;
	esac
	for name in NEW STRIPE_KEY; do
		requests_clear
		expect_status 0 "by_$tool" "$secrets/$name"
		expect_equal "$(requests PUT)" 1 "PUTs by $tool"
		expect_equal "$(value_of $name)" a-value "what $tool stored"
	done
	rm "$secrets/NEW"
	rule '{"method": "PUT", "status": 403, "code": 10000, "times": -1}'
	requests_clear
	expect_failure "by_$tool" "$secrets/NEW"
	# Python writes its buffer once more when it closes the file, rsync tries each file twice.
	[[ $tool == python_* || $tool == rsync_* ]] ||
		expect_equal "$(requests PUT)" 1 "PUTs by $tool that were refused"
	[ ! -e "$secrets/NEW" ] || fail "NEW is there after $tool was refused"
	rules_clear
done
[ -e moving ] || fail "mv dropped what it could not store"

hsxfs_unmount
