# shellcheck shell=bash disable=SC2154 # variables of common.sh
# SPDX-License-Identifier: MIT
#
# What a file tests/tools/tool-NAME.sh is written with. It runs in a directory of its own:
# OLD is a secret that is there, NEW one that is not, the file `value` holds a-value and a newline.
# Each statement runs one command, looks at everything that was sent meanwhile, adds a line to the
# table and ends the file if it is not so.

project_of_tool=$mnt/acct_demo/acme-crm
directory=$project_of_tool/production/secrets

# The changes that came since requests_clear: method and the names in it, one a line.
changes()
{
	curl -sS -f -m 10 "$admin/requests" | jq -r '
		def names: (.body | fromjson? | if .secrets then .secrets | keys | join("+") else .name end)
			// (.path | split("/") | last);
		.[] | select(.method != "GET") | .method + " " + names'
}

row()
{
	printf '%-14s %-30s %-36s %s\n' "$tool" "$1" "$2" "$3" >>"$table"
}

# needs PROGRAM...: without it the tool is not tested, and the table says so.
needs()
{
	local program

	for program in "$@"; do
		command -v "$program" >/dev/null && continue
		row "-" "not installed" "-"
		exit 77
	done
}

# Back to what each statement begins with.
begin()
{
	rm -f "$directory/NEW" 2>/dev/null || true
	printf 'old\n' >"$directory/OLD"
	printf 'a-value\n' >value
	requests_clear
}

# Nothing that a tool makes on its way may show, be stored, or be left.
no_traces()
{
	local name

	ls -A "$directory" >left
	expect_equal "$(paste -s -d ' ' left)" "$(names_of)" "what $tool $1 left in the directory"
	for name in $(names_of); do
		case $name in
		OLD | NEW | OTHER) ;;
		*) fail "$tool $1 stored $name" ;;
		esac
	done
}

# sets VARIANT NAME COMMAND...: it succeeds and says nothing on standard error; NAME is set to
# a-value by one change, and nothing else is sent.
sets()
{
	local variant=$1 name=$2

	shift 2
	begin
	expect_status 0 "$@"
	[ ! -s errors ] || fail "$tool $variant says: $(cat errors)"
	is_set "$variant" "$name" "set once"
}

is_set()
{
	local variant=$1 name=$2 outcome=$3

	case $(changes) in
	"PUT $name" | "PATCH $name") ;;
	*) fail "$tool $variant sent: $(changes | tr '\n' ',')" ;;
	esac
	expect_equal "$(value_of "$name")" a-value "what $tool $variant stored"
	no_traces "$variant"
	row "$variant" "$outcome" "exit status $status, 1 change"
}

# complains_and_sets VARIANT NAME PATTERN COMMAND...: the value is set once, but the tool could not
# do something besides, and says so.
complains_and_sets()
{
	local variant=$1 name=$2 pattern=$3

	shift 3
	begin
	hsxfs_run "$@"
	has_message errors "$pattern"
	is_set "$variant" "$name" "set once, with a complaint"
}

is_unchanged()
{
	local variant=$1 outcome=$2

	expect_equal "$(changes)" "" "what $tool $variant sent"
	expect_equal "$(value_of OLD)" old "OLD after $tool $variant"
	expect_equal "$(value_of NEW || echo none)" none "NEW after $tool $variant"
	no_traces "$variant"
	row "$variant" "$outcome" "exit status $status, no change"
}

# refused VARIANT PATTERN COMMAND...: it fails with such a message; nothing is sent.
refused()
{
	local variant=$1 pattern=$2

	shift 2
	begin
	expect_failure "$@"
	has_message errors "$pattern"
	is_unchanged "$variant" "refused: $(grep -Eo -- "$pattern" errors | head -n 1)"
}

# changes_nothing VARIANT COMMAND...: it succeeds, and nothing is sent.
changes_nothing()
{
	local variant=$1

	shift
	begin
	expect_status 0 "$@"
	is_unchanged "$variant" "nothing to do"
}

# sends VARIANT OUTCOME CHANGES COMMAND...: it succeeds with exactly these changes, where one is not
# what the tool does.
sends()
{
	local variant=$1 outcome=$2 wanted=$3

	shift 3
	begin
	expect_status 0 "$@"
	expect_equal "$(changes | sed 's/^PATCH/PUT/' | tr '\n' ',')" "$wanted" "what $tool $variant sent"
	no_traces "$variant"
	row "$variant" "$outcome" "exit status $status, ${wanted%,}"
}

# A terminal: terminal COMMAND starts it, keys sends keys to it (as tmux names them), shows PATTERN
# waits until that is on the screen, which is left in the file `screen'; terminal_ends waits for its
# end and leaves its status in status. It is wide, so that no message wraps after a long path.

terminal_tmux()
{
	tmux -S "$PWD/tmux" -f /dev/null "$@"
}

terminal()
{
	rm -f terminal.status
	trap 'terminal_tmux kill-server 2>/dev/null || true' EXIT
	TERM=xterm-256color terminal_tmux new-session -d -x 300 -y 30 \
		"$1; echo \$? >terminal.new; mv terminal.new terminal.status"
}

no_terminal()
{
	! terminal_tmux has-session 2>/dev/null
}

is_on_screen()
{
	terminal_tmux capture-pane -p >screen 2>/dev/null
	grep -Eq -- "$1" screen
}

shows()
{
	wait_until 10 is_on_screen "$1"
}

keys()
{
	terminal_tmux send-keys "$@"
}

terminal_ends()
{
	wait_until 10 test -e terminal.status
	status=$(cat terminal.status)
	wait_until 5 no_terminal
}
