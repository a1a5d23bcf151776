/* SPDX-License-Identifier: MIT */
#include "../../fs/config.h"
#include "lib/fuzz.h"

/* The configuration: any text is taken or refused with one line. */

static void check_environment(const struct environment_config *environment)
{
	MUST(environment->script_count <= SECRETS_SCRIPTS_MAX);
	MUST(!environment->dotenv || environment->dotenv[0] == '/');
	MUST(!environment->dotenv || !environment->script_count);
	for (unsigned i = 0; i < environment->script_count; i++)
		MUST(environment->scripts[i][0] && !strchr(environment->scripts[i], '/'));
}

static void check(const struct config *config)
{
	MUST(config->account_count || config->control_plane.api.url);
	for (unsigned i = 0; i < config->account_count; i++) {
		const struct account_config *account = &config->accounts[i];

		MUST(account->name[0] && account->name[0] != '.' && !strchr(account->name, '/'));
		MUST(!account->account_id || strlen(account->account_id) == 32);
		for (unsigned j = 0; j < account->project_count; j++) {
			MUST(account->projects[j].name[0] &&
			     !strchr(account->projects[j].name, '/'));
			for (int k = 0; k < ENVIRONMENTS; k++)
				check_environment(&account->projects[j].environments[k]);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_bytes((struct fuzz_input){bytes, length});
	char error[CONFIG_ERROR_SIZE] = "";
	struct config *config;

	setenv("HOME", "/home/demo", 1);
	config = config_parse("/etc/hsxfs.json", text, length, error);
	if (config)
		check(config);
	else
		MUST(error[0] && fuzz_is_line(error) && fuzz_is_utf8(error, strlen(error)));
	config_free(config);
	free(text);
	return 0;
}
