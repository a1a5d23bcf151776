#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 300
#
# What hsxfs writes into a .dev.vars file, the npm package dotenv and wrangler read back.

# shellcheck source=tests/lib/common.sh
. "$HSXFS_TESTS/lib/common.sh"

status=0
"$HSXFS_TESTS/clients/dotenv-agreement.sh" >output 2>&1 || status=$?
[ "$status" != 77 ] || skip "$(sed -n 's/^skipped: //p' output)"
[ "$status" = 0 ] || fail "$(tail -n 40 output)"
has_message output '^wrangler: [0-9]* values read back the same$'
has_message output '^dotenv: [0-9]* odd texts hold the same names'
