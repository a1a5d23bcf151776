# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Six shells and the values that their echo is tried with.

shells=(bash dash zsh busybox fish ksh)

# shellcheck disable=SC2034 # named in the list below
{
	pem=$(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null)
	json=$(jq -n --arg key "$(head -c 200 /dev/zero | tr '\0' k)" \
		'{type: "service_account", private_key_id: "0123456789", private_key: $key}')
	odd='{x'
	plain_511=$(head -c 511 /dev/zero | tr '\0' a)
	plain_1023=$(head -c 1023 /dev/zero | tr '\0' b)
	plain_4095=$(head -c 4095 /dev/zero | tr '\0' c)
	values=(pem json odd plain_511 plain_1023 plain_4095)
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

# What is stored of an echoed text, but for newlines at its end, which $(…) drops.
stored_form()
{
	printf '%s' "$1"
}

# expect_each_shell_fails VALUE DIRECTORY...: all six at once, each into its own directory, have to
# end with a failure and a message.
expect_each_shell_fails()
{
	local value=$1 shell index=0 processes=()

	shift
	for shell in "${shells[@]}"; do
		shell_echo "$shell" "$value" "${!#}/FAIL_$shell" >"said.$shell" 2>&1 &
		processes+=("$!")
	done
	for shell in "${shells[@]}"; do
		status=0
		wait "${processes[index]}" || status=$?
		index=$((index + 1))
		[ "$status" != 0 ] || fail "$shell: exit status 0"
		[ -s "said.$shell" ] || fail "$shell: exit status $status, but no message"
	done
}
