#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A write elsewhere than at the end of what was written is EINVAL, and so is O_APPEND to a secret
#   that exists.
# > ftruncate(2) to 0 drops what was not sent yet, also while a request is on its way, to the length that was written it changes
#   nothing, and to any other it is EINVAL.
# > A close after ftruncate(2) to 0 with nothing written since is EINVAL: an empty value cannot be stored.
#
# Where in a file may be written, and what its length may be set to.

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/semantics/lib/steps.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" >/dev/null
file=$secrets/STRIPE_KEY

expect_steps '0 0:EINVAL 0' "$file" @seek=3 key
expect_steps '0 0 0:EINVAL 0' "$file" $'two\nlines' @seek=0 more
expect_errno 'open EINVAL' append "$file" more
expect_equal "$(requests)" 1 "requests: the listing"
expect_status 0 bash -c "echo first >> '$secrets/NEW'"
expect_equal "$(value_of NEW)" first

expect_steps '0 0 0 1 0' "$file" $'two\nlines' @ftruncate=0 @seek=0 new
expect_equal "$(value_of STRIPE_KEY)" new
expect_steps '0 0 0:EINVAL' "$file" $'two\nlines' @ftruncate=0
expect_equal "$(value_of STRIPE_KEY)" new
expect_steps '1 0 0' "$file" $'key\n' @ftruncate=4
expect_steps '0 0:EINVAL 0:EINVAL 1' "$file" $'one\ntwo\n' @ftruncate=3 @ftruncate=10
expect_equal "$(value_of STRIPE_KEY)" $'one\ntwo'
hsxfs_unmount
