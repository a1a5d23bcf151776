# shellcheck shell=bash disable=SC2154 # variables of tool.sh
# SPDX-License-Identifier: MIT
# openssl rand, genpkey, enc: one write; a key is one change, sent at its END line.

needs openssl
echo a-value | base64 >encoded

for name in NEW OLD; do
	sets "enc -out, $name" $name openssl enc -base64 -d -in encoded -out "$directory/$name"
	sets "enc >, $name" $name sh -c 'openssl enc -base64 -d -in encoded >"$1"' - "$directory/$name"
	sends "rand -hex -out, $name" "set once" "PUT $name," openssl rand -hex -out "$directory/$name" 32
	sends "rand -hex >, $name" "set once" "PUT $name," sh -c 'openssl rand -hex 32 >"$1"' - "$directory/$name"
	sends "genpkey -out, $name" "set once" "PUT $name," \
		openssl genpkey -algorithm ed25519 -out "$directory/$name"
	expect_equal "$(value_of $name | openssl pkey -noout && echo a key)" "a key"
done
refused "rand (binary)" 'Invalid argument' openssl rand -out "$directory/NEW" 64
