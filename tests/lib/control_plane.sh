# shellcheck shell=bash disable=SC2154 # variables of common.sh
# SPDX-License-Identifier: MIT
#
# Sourced after common.sh: the default account with a control plane, which the emulator is, too.

plane=
relay=
# shellcheck disable=SC2034 # the cases use them
{
	flags=$project/production/flags
	routes=$project/production/routes
	installs=$project/production/installs
}

# plane_seed [JQ-FILTER [JQ-ARGUMENT...]]: the default seed with a control plane, changed by the filter.
plane_seed()
{
	local filter=${1:-.}

	[ $# -eq 0 ] || shift
	default_seed | jq --slurpfile plane "$HSXFS_TESTS/lib/control_plane.json" \
		'.control_plane = $plane[0]' | jq "$filter" "$@"
}

# plane_start [JQ-FILTER [JQ-ARGUMENT...]]: the emulator with that seed; sets plane.
plane_start()
{
	plane_seed "$@" >seed.json
	emulator_start seed.json
	plane=${api%/client/v4}/control-plane
}

# plane_relay [FAULT...]: a relay in front of the control plane, which $plane is from then on; sets relay.
plane_relay()
{
	local emulator=${api%/client/v4}

	rm -f relay-url
	hsxfs_background "$HSXFS_BUILD/hsxfs-relay" --listen 127.0.0.1:0 --to "${emulator#http://}" \
		--url-file relay-url "$@"
	wait_until 5 has_a_line relay-url
	# shellcheck disable=SC2034 # the cases use it
	relay=$background
	plane=$(sed 's,/client/v4,/control-plane,' relay-url)
}

# plane_config [JQ-FILTER [JQ-ARGUMENT...]]: the default configuration with a control plane at $plane
# (the emulator's, if not set) and promotions allowed in production, changed by the filter.
plane_config()
{
	local filter=${1:-.}

	[ $# -eq 0 ] || shift
	plane=${plane:-${api%/client/v4}/control-plane}
	# shellcheck disable=SC2016 # a jq variable
	config_write '.accounts.acct_demo.control_plane =
			{api: $plane, token: .accounts.acct_demo.cloudflare.token}
		| .accounts.acct_demo.projects["acme-crm"].environments.production.allow_promote = true
		| .accounts.acct_demo.projects["acme-crm"].environments |= map_values(
			if .dotenv then . else .flags_key = "snapshot" end) | '"$filter" \
		--arg plane "$plane" "$@"
}

# plane_state JQ-FILTER: what the control plane holds.
plane_state()
{
	curl -sS -f -m 10 "$admin/state" | jq -cr ".control_plane | $1"
}

# last_error PATTERN: the newest line of .errors matches.
last_error()
{
	tail -n 1 "$mnt/.errors" >last
	has_message last "$1"
}
