# shellcheck shell=bash disable=SC2154 # variables of common.sh
# SPDX-License-Identifier: MIT
#
# Sourced after common.sh: a second account, acct_other, whose API is another one.

other_project=$mnt/acct_other/other-crm
# shellcheck disable=SC2034 # the cases use it
other_secrets=$other_project/production/secrets

# config_write_two OTHER-API: the default account and one that has its Worker at another API.
config_write_two()
{
	# shellcheck disable=SC2016 # jq variables
	config_write '.accounts.acct_other = (.accounts.acct_demo
		| .cloudflare.api = $other | .projects = {"other-crm": {workers: ["deals"], environments:
			{production: {scripts: ["hsx-acct-other-other-crm-deals"]}}}})' \
		--arg other "$1"
}

two_accounts_seed()
{
	# shellcheck disable=SC2016 # jq variables
	default_seed | jq --arg account "$account" \
		'.accounts[$account].scripts["hsx-acct-other-other-crm-deals"] = {secrets: {OTHER: "other"}}'
}
