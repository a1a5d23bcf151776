/* SPDX-License-Identifier: MIT */
#include "cloudflare_reply.h"
#include "json_io.h"
#include "json_size.h"
#include "text.h"
#include "token_search.h"
#include <string.h>

#define TOKEN_ADVICE "check that the token is right, active and not limited to other addresses"
#define PERMISSION_ADVICE "give the token the permission `Workers Scripts: Edit' for this account"
#define DEPLOY_ADVICE                                                                          \
	"the newest version of the Worker is not the deployed one: deploy the latest version " \
	"first, then write again"

static const struct cloudflare_meaning code_meanings[] = {
    {971, OUTCOME_RATE_LIMITED, "wait five minutes, then write again"},
    {1000, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE},
    {6003, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE},
    {7000, OUTCOME_SCRIPT_NOT_FOUND, "check account_id and the address of the API"},
    {7003, OUTCOME_SCRIPT_NOT_FOUND, "check account_id and the address of the API"},
    {9106, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE},
    {9109, OUTCOME_NOT_ALLOWED, PERMISSION_ADVICE},
    {10000, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE ", and that it has `Workers Scripts: Edit'"},
    {10001, OUTCOME_BAD_REPLY, "this is a fault of hsxfs: please report it"},
    {10002, OUTCOME_SERVER_ERROR, "write again later"},
    {10004, OUTCOME_BAD_NAME, ""},
    {10007, OUTCOME_SCRIPT_NOT_FOUND, "deploy the Worker first, or correct its name in scripts"},
    {10013, OUTCOME_SERVER_ERROR, "write again later"},
    {10014, OUTCOME_SERVER_ERROR, "write again later"},
    {10015, OUTCOME_NOT_ALLOWED, PERMISSION_ADVICE},
    {10016, OUTCOME_BAD_NAME, "correct the Worker's name in scripts"},
    {10023, OUTCOME_NOT_ALLOWED, PERMISSION_ADVICE},
    {10026, OUTCOME_BAD_REPLY, "this is a fault of hsxfs: please report it"},
    {10035, OUTCOME_CONFLICT, "somebody else keeps changing the Worker: write again"},
    {10053, OUTCOME_NAME_TAKEN, "a binding of another kind has this name: remove it first"},
    {10054, OUTCOME_TOO_LARGE, "Cloudflare allows 5 KB a secret"},
    {10055, OUTCOME_TOO_MANY,
     "secrets and variables together are limited (64 free, 128 paid): remove one"},
    {10056, OUTCOME_SECRET_NOT_FOUND, ""},
    {10090, OUTCOME_SCRIPT_NOT_FOUND, "deploy the Worker first, or correct its name in scripts"},
    {10092, OUTCOME_SCRIPT_NOT_FOUND, "correct the Worker's name in scripts"},
    {10100, OUTCOME_BAD_NAME, "choose a shorter name"},
    {10214, OUTCOME_NOT_DEPLOYED, DEPLOY_ADVICE},
    {10215, OUTCOME_NOT_DEPLOYED, DEPLOY_ADVICE},
    {10222, OUTCOME_SCRIPT_NOT_FOUND, "the Worker has no version yet: deploy it first"},
};

static const struct cloudflare_meaning status_meanings[] = {
    {400, OUTCOME_BAD_VALUE, ""},
    {401, OUTCOME_TOKEN_REFUSED, TOKEN_ADVICE},
    {403, OUTCOME_NOT_ALLOWED, PERMISSION_ADVICE},
    {404, OUTCOME_SCRIPT_NOT_FOUND, "check account_id and the Worker's name in scripts"},
    {408, OUTCOME_TIMED_OUT, "write again"},
    {409, OUTCOME_CONFLICT, "somebody else keeps changing the Worker: write again"},
    {413, OUTCOME_TOO_LARGE, ""},
    {422, OUTCOME_BAD_VALUE, ""},
    {429, OUTCOME_RATE_LIMITED, "wait, then write again"},
};

const struct cloudflare_family cloudflare_workers = {
    .codes = code_meanings,
    .code_count = sizeof(code_meanings) / sizeof(*code_meanings),
    .statuses = status_meanings,
    .status_count = sizeof(status_meanings) / sizeof(*status_meanings),
};

static const struct cloudflare_meaning *find(const struct cloudflare_meaning *meanings,
					     size_t count, long number)
{
	for (size_t i = 0; i < count; i++)
		if (meanings[i].number == number)
			return &meanings[i];
	return NULL;
}

static struct outcome of_status(const struct cloudflare_family *family,
				const struct http_reply *reply, bool has_envelope)
{
	const struct cloudflare_meaning *meaning =
	    find(family->statuses, family->status_count, reply->status);
	struct outcome outcome;

	if (reply->status >= 500)
		outcome =
		    outcome_advise(outcome_make(OUTCOME_SERVER_ERROR,
						"the server answered with HTTP %d", reply->status),
				   "it fails by itself: try again later");
	else if (reply->status >= 300 && reply->status < 400)
		outcome =
		    outcome_make(OUTCOME_BAD_REPLY,
				 "the server answered with a redirect (HTTP %d), which is not "
				 "followed",
				 reply->status);
	else if (!meaning || (reply->status == 404 && !has_envelope))
		outcome = outcome_make(OUTCOME_BAD_REPLY,
				       "the answer (HTTP %d, %zu bytes) is not the API's",
				       reply->status, reply->length);
	else
		outcome = outcome_advise(outcome_make(meaning->kind, "HTTP %d", reply->status),
					 "%s", meaning->advice);
	if (outcome.kind == OUTCOME_BAD_REPLY)
		outcome = outcome_advise(outcome, "check the address of the API");
	return outcome;
}

/*
 * The first error decides, unless a later one says what to do: 10214 and 10215 come beside others.
 */
static json_t *deciding_error(json_t *errors)
{
	size_t i;
	json_t *error;

	json_array_foreach(errors, i, error)
	{
		json_int_t code = json_integer_value(json_object_get(error, "code"));

		if (code == 10214 || code == 10215)
			return error;
	}
	return json_array_get(errors, 0);
}

static struct outcome of_errors(const struct cloudflare_family *family,
				const struct http_reply *reply, json_t *errors)
{
	struct outcome outcome = of_status(family, reply, true);
	json_t *error = deciding_error(errors);
	const char *message = json_string_value(json_object_get(error, "message"));
	long code = (long)json_integer_value(json_object_get(error, "code"));
	const struct cloudflare_meaning *meaning = find(family->codes, family->code_count, code);

	if (meaning)
		outcome =
		    outcome_advise(outcome_make(meaning->kind, "%s", ""), "%s", meaning->advice);
	outcome.code = code;
	if (message)
		memcpy(outcome.message, outcome_make(outcome.kind, "%s", message).message,
		       sizeof(outcome.message));
	else if (!outcome.message[0])
		snprintf(outcome.message, sizeof(outcome.message), "HTTP %d", reply->status);
	text_flatten(outcome.message, strlen(outcome.message), ' ');
	return outcome;
}

static struct outcome of_envelope(const struct cloudflare_family *family,
				  const struct http_reply *reply, json_t *envelope)
{
	bool success = json_is_true(json_object_get(envelope, "success"));

	if (!success && json_is_array(json_object_get(envelope, "errors")))
		return of_errors(family, reply, json_object_get(envelope, "errors"));
	if (!success || reply->status < 200 || reply->status > 299)
		return of_status(family, reply,
				 json_is_boolean(json_object_get(envelope, "success")));
	return (struct outcome){.kind = OUTCOME_OK};
}

struct outcome cloudflare_envelope(const struct cloudflare_family *family,
				   const struct http_reply *reply, json_t **envelope)
{
	struct outcome outcome = reply->outcome;

	*envelope = NULL;
	if (outcome.kind != OUTCOME_OK)
		return outcome;
	if (reply->status == 204 && reply->length == 0)
		return (struct outcome){.kind = OUTCOME_OK, .http_status = 204};
	if (json_is_modest(reply->body, reply->length))
		*envelope = json_read(reply->body, reply->length,
				      JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (json_is_object(*envelope))
		outcome = of_envelope(family, reply, *envelope);
	else
		outcome = of_status(family, reply, false);
	if (outcome.kind == OUTCOME_OK)
		outcome = token_search(reply, *envelope);
	outcome.http_status = reply->status;
	outcome_name_request(&outcome, reply->request_id);
	if (outcome.kind != OUTCOME_OK) {
		json_decref(*envelope);
		*envelope = NULL;
	}
	return outcome;
}

struct outcome cloudflare_outcome(const struct http_reply *reply, json_t **result)
{
	struct http_reply read = *reply;
	json_t *envelope;
	struct outcome outcome;

	/* A verdict alone holds, whatever stands beside it. */
	if (!result)
		read.api = NULL;
	outcome = cloudflare_envelope(&cloudflare_workers, &read, &envelope);
	if (result)
		*result = json_incref(json_object_get(envelope, "result"));
	json_decref(envelope);
	return outcome;
}
