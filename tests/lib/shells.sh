# shellcheck shell=bash disable=SC2154 # variables of common.sh
# SPDX-License-Identifier: MIT
#
# Sourced after common.sh: six shells and the values that their echo is tried with.

shells=(bash dash zsh busybox fish ksh)

# shellcheck disable=SC2034 # named in the list below
{
	pem=$(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null)
	json=$(jq -n --arg key "$(head -c 200 /dev/zero | tr '\0' k)" \
		'{type: "service_account", private_key_id: "0123456789", private_key: $key}')
	plain_key=key
	odd='{x'
	plain_511=$(head -c 511 /dev/zero | tr '\0' a)
	plain_1023=$(head -c 1023 /dev/zero | tr '\0' b)
	plain_4095=$(head -c 4095 /dev/zero | tr '\0' c)
	values=(plain_key pem json odd plain_511 plain_1023 plain_4095)
}

# shell_echo SHELL VALUE FILE: the shell's own echo, redirected to the file.
shell_echo()
{
	local command

	command="echo \"\$VALUE\" > \"\$FILE\""
	case $1 in
	busybox) VALUE=$2 FILE=$3 busybox sh -c "$command" ;;
	zsh) VALUE=$2 FILE=$3 zsh -f -c "$command" ;;
	fish) VALUE=$2 FILE=$3 HOME=$PWD fish -N -c "$command" ;;
	*) VALUE=$2 FILE=$3 "$1" -c "$command" ;;
	esac
}

# A project and a script for each shell, so that none waits for another's turn.
shells_emulator_start()
{
	jq -n --arg token "$token" --arg account "$account" '
		{tokens: [$token], accounts: {($account): {name: "Demo", scripts:
		($ARGS.positional | map({("hsx-acct-demo-for-\(.)-deals"): {secrets: {OLD: "old"}}})
		| add)}}}' --args "${shells[@]}" >seed.json
	emulator_start seed.json
	# shellcheck disable=SC2016 # a jq variable
	config_write '.accounts.acct_demo.projects = ($ARGS.positional | map({("for-\(.)"):
		{workers: ["deals"], environments:
		{production: {scripts: ["hsx-acct-demo-for-\(.)-deals"]}}}}) | add)' --args "${shells[@]}"
}

# expect_each_shell_fails MILLISECONDS VALUE: all six at once have to end with a failure and a
# message in that time.
expect_each_shell_fails()
{
	local limit=$1 value=$2 shell status started=${EPOCHREALTIME/./} taken
	local -A processes=()

	for shell in "${shells[@]}"; do
		shell_echo "$shell" "$value" "$mnt/acct_demo/for-$shell/production/secrets/FAIL" \
			>"said.$shell" 2>&1 &
		processes[$shell]=$!
	done
	for shell in "${shells[@]}"; do
		status=0
		wait "${processes[$shell]}" || status=$?
		[ "$status" != 0 ] || fail "$shell: exit status 0 for ${value:0:10}"
		[ -s "said.$shell" ] || fail "$shell: exit status $status, but no message"
	done
	taken=$(((${EPOCHREALTIME/./} - started) / 1000))
	[ "$taken" -le "$limit" ] || fail "took $taken ms, not at most $limit"
}
