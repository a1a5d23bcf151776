#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# > A value that holds `hsxfs: write-only` anywhere, or `write-only secret NAME` with the secret's own name, is
#   EINVAL, and nothing is sent.
#
# A copy of a secret stores nothing, and no tool sends a request under a temporary name.

. "$HSXFS_TESTS/lib/common.sh"

emulator_start
config_write
hsxfs_mount
ls "$secrets" "$project/staging/secrets" >/dev/null
requests_clear

expect_failure cp "$project/staging/secrets/STRIPE_KEY" "$secrets/STRIPE_KEY"
has_message errors 'Invalid argument'
expect_failure cp "$project/staging/secrets/STRIPE_KEY" "$secrets/COPY"
has_message errors 'Invalid argument'
jq -es 'last | .errno == "EINVAL" and (.advice | length > 0)' "$secrets/.errors" >/dev/null ||
	fail "no advice in $(tail -n 1 "$secrets/.errors")"
expect_failure rsync -a --inplace --ignore-times "$project/staging/secrets/" "$secrets/"
expect_failure rsync -a --ignore-times "$project/staging/secrets/" "$secrets/"
expect_failure tee "$secrets/STRIPE_KEY" <"$project/staging/secrets/STRIPE_KEY"
expect_failure mv "$project/staging/secrets/STRIPE_KEY" "$secrets/STRIPE_KEY"
expect_failure ln "$secrets/STRIPE_KEY" "$secrets/LINK"
expect_failure ln -s "$secrets/STRIPE_KEY" "$secrets/LINK"
expect_failure mkdir "$secrets/DIRECTORY"
expect_failure mkfifo "$secrets/FIFO"

sed -i 's/nothing/like it/' "$secrets/STRIPE_KEY" 2>/dev/null || true
perl -i -pe 's/nothing/like it/' "$secrets/STRIPE_KEY" 2>/dev/null || true
python3 - "$secrets" <<-'END' || true
	import os, sys, tempfile
	try:
	    with tempfile.NamedTemporaryFile(dir=sys.argv[1], prefix="TEMPORARY") as file:
	        file.write(b"canary-temporary\n")
	        file.flush()
	except OSError as error:
	    print(error)
	try:
	    number, name = tempfile.mkstemp(dir=sys.argv[1], prefix="SECOND")
	    os.write(number, b"canary-second\n")
	    os.close(number)
	    os.unlink(name)
	except OSError as error:
	    print(error)
END

expect_equal "$(requests PUT)" 0 "PUTs"
expect_equal "$(requests PATCH)" 0 "PATCHes"
expect_equal "$(requests DELETE)" 0 "DELETEs"
expect_equal "$(value_of STRIPE_KEY)" canary-production-stripe
expect_equal "$(value_of STRIPE_KEY "$staging")" canary-staging-stripe
expect_equal "$(names_of)" "ONLY_HERE RESEND_API_KEY STRIPE_KEY"
expect_status 0 ls -A "$secrets"
expect_equal "$(tr '\n' ' ' <output)" "ONLY_HERE RESEND_API_KEY STRIPE_KEY "

hsxfs_unmount
