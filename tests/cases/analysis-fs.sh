#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 400
# NEVER-SKIP
# PLAIN-ONLY: looks at the source alone
#
# gcc -fanalyzer, clang-tidy and cppcheck have nothing to say of fs/ (see analysis-backends).

. "$HSXFS_TESTS/lib/common.sh"
. "$HSXFS_TESTS/lib/analysis.sh"

analyze fs
