#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# NEVER-SKIP
#
# > Ctrl-C on an `echo` that waits, in bash, dash, zsh, busybox sh, fish and ksh, gives the prompt
#   back within half a second, and the value is not sent a second time.
#
# Somebody presses Ctrl-C on an echo that waits, in a terminal of each shell.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/waiting.sh"

command -v tmux >/dev/null || skip "tmux is not installed"
emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
unset TMUX

terminal()
{
	tmux -S "$PWD/tmux" -f /dev/null "$@"
}
trap 'terminal kill-server 2>/dev/null || true; hsxfs_clean_up' EXIT

shows()
{
	terminal capture-pane -p | grep -qF -- "$1"
}

# A shell with the prompt READY>, which fish takes from a function.
start_shell()
{
	case $1 in
	bash) set -- bash --norc --noprofile -i ;;
	zsh) set -- zsh -f -i ;;
	fish) set -- fish -N -i -C 'function fish_prompt; echo -n "READY> "; end' ;;
	busybox) set -- busybox sh -i ;;
	*) set -- "$1" -i ;;
	esac
	terminal new-session -d -x 200 -y 50 env -i PATH="$PATH" TERM=screen HOME="$PWD" LC_ALL=C.UTF-8 \
		PS1='READY> ' ENV= "$@"
	wait_until 10 shows 'READY>'
}

prompts()
{
	terminal capture-pane -p | grep -c 'READY>'
}

has_prompts()
{
	[ "$(prompts)" -ge "$1" ]
}

for shell in bash dash zsh busybox fish ksh; do
	rules_clear
	rule '{"method": "PUT", "delay_ms": 5000, "times": -1}'
	start_shell "$shell"
	requests_clear
	before=$(prompts)
	terminal send-keys "echo value-of-$shell > $secrets/BY_$shell" Enter
	wait_for_requests 1
	sleep 0.2
	terminal send-keys C-c
	expect_within 500 wait_until 5 has_prompts $((before + 1))
	terminal send-keys 'echo still-$((40 + 2))' Enter
	[ "$shell" = fish ] || wait_until 2 shows still-42
	rules_clear
	sleep 0.3
	expect_equal "$(requests PUT)" 1 "PUTs by $shell"
	tail -n 1 "$mnt/.errors" >last
	has_message last "BY_$shell.*outcome unknown"
	terminal kill-session
done
hsxfs_unmount
