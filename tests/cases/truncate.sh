#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > An open for writing sends nothing, with O_TRUNC too: `: > S` leaves the old value.
#
# What empties or touches a file sends nothing and leaves the old secret.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
requests_clear

# The shells lose the error of their close(2); what counts is that nothing is sent.
for shell in bash dash zsh "busybox sh" ksh; do
	$shell -c ": > '$secrets/STRIPE_KEY'" || true
	$shell -c "nosuchcommand > '$secrets/STRIPE_KEY'" 2>/dev/null || true
done
true >"$secrets/STRIPE_KEY"
printf '' >"$secrets/STRIPE_KEY"
truncate -s 0 "$secrets/STRIPE_KEY" 2>/dev/null || true
touch "$secrets/STRIPE_KEY"
expect_failure cp /dev/null "$secrets/STRIPE_KEY"
has_message errors 'Invalid argument'
expect_failure truncate -s 5 "$secrets/STRIPE_KEY"
has_message errors 'Invalid argument'
expect_failure bash -c "echo more >> '$secrets/STRIPE_KEY'"
has_message errors 'Invalid argument'

expect_failure touch "$secrets/NEW"
[ ! -e "$secrets/NEW" ] || fail "NEW is there"
expect_failure cp /dev/null "$secrets/NEW"
: >"$secrets/NEW" || true
for command in 'test -e' 'cat' 'rm'; do
	$command "$secrets/NEW" 2>/dev/null && fail "NEW is there for $command"
done
expect_output "$(names_of | tr ' ' '\n')" ls "$secrets"

expect_equal "$(requests PUT)" 0 "PUTs"
expect_equal "$(requests DELETE)" 0 "DELETEs"
expect_equal "$(requests PATCH)" 0 "PATCHes"
expect_equal "$(value_of STRIPE_KEY)" canary-production-stripe

hsxfs_unmount
