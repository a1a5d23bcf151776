/* SPDX-License-Identifier: MIT */
#include "token_renewal.h"
#include "filesystem.h"
#include <sodium.h>
#include <string.h>

/* Milliseconds. */
#define PAUSE 10000
#define ANSWER_LIMIT 35000 /* a command's own limit, and some more */

#define RETRY "mend it there, then send SIGHUP to hsxfs"

static void complain(const struct connection *connection, const char *problem, const char *advice)
{
	struct outcome outcome = outcome_advise(
	    outcome_make(OUTCOME_NO_TOKEN, "%s: the token could not be read again: %s",
			 http_api_status(connection->api).name, problem),
	    "%s", advice);

	error_log_add(connection->filesystem->errors, "token", "/", &outcome);
}

static void say_that_it_stays(struct connection *connection)
{
	if (!connection->said)
		complain(connection,
			 "it is in an environment variable, which is read only when mounting",
			 "mount again where the variable has the new one");
	connection->said = true;
}

static void ask(struct connection *connection)
{
	enum token_source source = connection->config->token.source;

	if (source == TOKEN_ENV)
		say_that_it_stays(connection);
	if (source == TOKEN_NONE || source == TOKEN_ENV || !connection->filesystem->keeper)
		return;
	connection->again = false;
	connection->asked_at = loop_now();
	connection->asking = keeper_ask_token(connection->filesystem->keeper, connection->number);
}

static bool is_waiting(const struct connection *connection)
{
	return connection->asking && loop_now() - connection->asked_at < ANSWER_LIMIT;
}

void token_was_refused(void *context)
{
	struct connection *connection = context;

	if (is_waiting(connection) ||
	    (connection->asked_at && loop_now() - connection->asked_at < PAUSE))
		return;
	ask(connection);
}

/* What is on its way may have been read before the change. */
static void renew(struct connection *connection)
{
	if (!connection->api)
		return;
	if (is_waiting(connection))
		connection->again = true;
	else
		ask(connection);
}

void tokens_renew(struct filesystem *filesystem)
{
	renew(&filesystem->cloudflare_api);
	renew(&filesystem->control_api);
	for (unsigned i = 0; i < filesystem->account_count; i++) {
		renew(&filesystem->accounts[i]->cloudflare_api);
		renew(&filesystem->accounts[i]->control_api);
	}
}

static bool has_number(const struct connection *connection, unsigned number)
{
	return connection->api && connection->number == number;
}

static struct connection *find(struct filesystem *filesystem, unsigned number)
{
	if (has_number(&filesystem->cloudflare_api, number))
		return &filesystem->cloudflare_api;
	if (has_number(&filesystem->control_api, number))
		return &filesystem->control_api;
	for (unsigned i = 0; i < filesystem->account_count; i++) {
		struct account_state *account = filesystem->accounts[i];

		if (has_number(&account->cloudflare_api, number))
			return &account->cloudflare_api;
		if (has_number(&account->control_api, number))
			return &account->control_api;
	}
	return NULL;
}

static bool is_same(const struct value *value, const struct keeper_token *token)
{
	return value && value_length(value) == token->length &&
	       sodium_memcmp(value_bytes(value), token->text, token->length) == 0;
}

/* Transfers on their way may still be told of the token that they were sent with. */
static void take(struct connection *connection, const struct keeper_token *token)
{
	struct value *value;

	if (is_same(connection->token, token))
		return;
	value = value_new(connection->filesystem->arena, TOKEN_CEILING);
	if (!value || !value_append(value, token->text, token->length)) {
		value_free(value);
		complain(connection, "no memory for it", RETRY);
		return;
	}
	http_api_set_token(connection->api, value);
	value_free(connection->previous_token);
	connection->previous_token = connection->token;
	connection->token = value;
}

void token_came(struct filesystem *filesystem, const struct keeper_token *token)
{
	struct connection *connection = find(filesystem, token->number);

	if (!connection)
		return;
	connection->asking = false;
	if (token->found)
		take(connection, token);
	else
		complain(connection, token->text, RETRY);
	if (connection->again)
		ask(connection);
}
