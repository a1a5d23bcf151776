# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# ssh-keygen writes the key, then NEW.pub, which is no name that a secret can have.

needs ssh-keygen

begin
expect_failure ssh-keygen -q -t ed25519 -N '' -f "$directory/NEW"
has_message errors 'Invalid argument'
expect_equal "$(changes)" "PUT NEW"
value_of NEW >key
chmod 600 key
expect_status 0 ssh-keygen -y -P '' -f key
no_traces "-f"
row "-f, new" "the key set once, NEW.pub refused" "exit status 1, PUT NEW"
