/* SPDX-License-Identifier: MIT */
#include "connection.h"
#include "ca_file.h"
#include "filesystem.h"
#include "token.h"
#include "token_renewal.h"
#include <stdio.h>
#include <stdlib.h>

static unsigned number_of(const struct config *config, const struct token_config *token)
{
	unsigned number = 0;

	while (number < token_count(config) && token_config(config, number) != token)
		number++;
	return number;
}

static bool read_authorities(const struct filesystem *filesystem, const struct api_config *config,
			     const char *owner, char **text)
{
	char problem[CA_FILE_PROBLEM_SIZE];

	if (!config->ca_file)
		return true;
	*text = ca_file_read(config->ca_file, problem);
	if (!*text)
		fprintf(stderr, "hsxfs: %s: %s.ca_file: %s\n", filesystem->config->path, owner,
			problem);
	return *text != NULL;
}

static const char *token_mend(const struct api_config *config)
{
	if (config->token.source == TOKEN_ENV)
		return "; until you set it and mount again, all that needs it fails with ENOKEY";
	return "; until it is there and `pkill -HUP -x hsxfs` has it read again, all that needs it "
	       "fails with ENOKEY";
}

bool connection_open(struct filesystem *filesystem, const struct api_config *config,
		     const char *owner, const char *name, struct connection *connection)
{
	char hint[TOKEN_HINT_SIZE] = "";
	char *authorities = NULL;
	struct http_api_options options = {.name = name,
					   .url = config->url,
					   .token_hint = hint,
					   .deadline = filesystem->options->deadline,
					   .token_refused = token_was_refused,
					   .context = connection};
	bool insecure;

	connection->filesystem = filesystem;
	connection->config = config;
	connection->number = number_of(filesystem->config, &config->token);
	connection->token = token_read(&config->token, filesystem->arena, hint, &insecure);
	if (!connection->token)
		fprintf(stderr, "hsxfs: %s%s: %s.token: %s%s\n",
			insecure ? "" : "warning: ", filesystem->config->path, owner, hint,
			insecure ? "" : token_mend(config));
	if (insecure)
		return false;
	if (!read_authorities(filesystem, config, owner, &authorities))
		return false;
	options.authorities = authorities;
	options.token = connection->token;
	connection->api = http_api_new(filesystem->http, &options);
	free(authorities);
	if (!connection->api)
		fprintf(stderr, "hsxfs: out of memory\n");
	return connection->api != NULL;
}

void connection_free_tokens(struct connection *connection)
{
	value_free(connection->token);
	value_free(connection->previous_token);
}
