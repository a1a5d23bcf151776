# shellcheck shell=bash disable=SC2154 # variables of common.sh
# SPDX-License-Identifier: MIT
#
# Sourced after common.sh.

# expect_steps WANTED FILE STEP...: see steps.py.
expect_steps()
{
	local wanted=$1

	shift
	expect_equal "$(python3 "$HSXFS_TESTS/semantics/lib/steps.py" "$admin" "$@")" "$wanted" "${*:2}"
}
