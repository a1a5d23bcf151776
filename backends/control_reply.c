/* SPDX-License-Identifier: MIT */
#include "control_reply.h"
#include "json_io.h"
#include "json_size.h"
#include "text.h"
#include "token_search.h"
#include <string.h>

struct status_meaning {
	int status;
	enum outcome_kind kind;
	const char *advice;
};

struct code_meaning {
	const char *code;
	enum outcome_kind kind;
	const char *advice;
};

#define ADDRESS_ADVICE "check `api' and `paths' of the control plane in the configuration"

static const struct code_meaning code_meanings[] = {
    {"environment_mismatch", OUTCOME_BAD_VALUE, "choose a deploy that attested this environment"},
    {"exists", OUTCOME_NAME_TAKEN, ""},
    {"not_healthy", OUTCOME_GATE_CLOSED, "wait for the deploy to attest that it is healthy"},
    {"route_changed", OUTCOME_GATE_CLOSED, "look at what is active now"},
    {"unlinked", OUTCOME_GATE_CLOSED, "run hs-x link"},
    {"version_conflict", OUTCOME_CONFLICT, "read the flag again: somebody else changed it"},
};

static const struct status_meaning status_meanings[] = {
    {400, OUTCOME_BAD_VALUE, ""},
    {401, OUTCOME_TOKEN_REFUSED, "check that the control plane's token is right and active"},
    {403, OUTCOME_NOT_ALLOWED, "give the control plane's token the permission for this"},
    {404, OUTCOME_NOT_FOUND, ""},
    {408, OUTCOME_TIMED_OUT, ""},
    {409, OUTCOME_GATE_CLOSED, ""},
    {412, OUTCOME_CONFLICT, "read it again: somebody else changed it"},
    {413, OUTCOME_TOO_LARGE, ""},
    {422, OUTCOME_BAD_VALUE, ""},
    {423, OUTCOME_GATE_CLOSED, ""},
    {429, OUTCOME_RATE_LIMITED, "wait, then try again"},
};

static struct outcome not_of_the_api(const struct http_reply *reply)
{
	return outcome_advise(outcome_make(OUTCOME_BAD_REPLY,
					   "the answer (HTTP %d, %zu bytes) is not the control "
					   "plane's",
					   reply->status, reply->length),
			      ADDRESS_ADVICE);
}

static bool is_success(const struct http_reply *reply)
{
	return reply->status >= 200 && reply->status <= 299;
}

/* ---- the server's own words ---- */

/* The member, if it is a text without NUL that says something. */
static const char *words(json_t *envelope, const char *member)
{
	json_t *text = json_object_get(envelope, member);
	size_t length = json_string_length(text);

	return length > 0 && length == strlen(json_string_value(text)) ? json_string_value(text)
								       : NULL;
}

static void quote(struct outcome *outcome, json_t *envelope)
{
	const char *message = words(envelope, "message");

	if (!message)
		message = words(envelope, "error");
	if (!message)
		return;
	snprintf(outcome->message, sizeof(outcome->message), "%s", message);
	text_cut(outcome->message, sizeof(outcome->message));
	text_flatten(outcome->message, strlen(outcome->message), ' ');
}

/* ---- refusals ---- */

/* What it says went wrong, if it is of the API's form for that. */
static const char *code_of(json_t *json)
{
	return json_is_false(json_object_get(json, "ok")) ? words(json, "error") : NULL;
}

static struct outcome of_code(const struct http_reply *reply, const char *code)
{
	for (size_t i = 0; i < sizeof(code_meanings) / sizeof(*code_meanings); i++)
		if (!strcmp(code_meanings[i].code, code))
			return outcome_advise(
			    outcome_make(code_meanings[i].kind, "HTTP %d", reply->status), "%s",
			    code_meanings[i].advice);
	for (size_t i = 0; i < sizeof(status_meanings) / sizeof(*status_meanings); i++)
		if (status_meanings[i].status == reply->status)
			return outcome_advise(
			    outcome_make(status_meanings[i].kind, "HTTP %d", reply->status), "%s",
			    status_meanings[i].advice);
	return not_of_the_api(reply);
}

static struct outcome of_refusal(const struct http_reply *reply, json_t *json)
{
	const char *code = code_of(json);
	struct outcome outcome;

	if (reply->status >= 300 && reply->status <= 399)
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_REPLY,
				 "the server answered with a redirect (HTTP %d), which is not "
				 "followed",
				 reply->status),
		    ADDRESS_ADVICE);
	if (reply->status >= 500)
		outcome =
		    outcome_advise(outcome_make(OUTCOME_SERVER_ERROR,
						"the server answered with HTTP %d", reply->status),
				   "it fails by itself: try again later");
	else if (reply->status >= 400 && code)
		outcome = of_code(reply, code);
	else
		outcome = not_of_the_api(reply);
	if (code)
		quote(&outcome, json);
	return outcome;
}

/* ---- answers ---- */

static json_t *parse(const struct http_reply *reply)
{
	if (!json_is_modest(reply->body, reply->length))
		return NULL;
	return json_read(reply->body, reply->length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
}

struct outcome control_outcome(const struct http_reply *reply, json_t **json)
{
	struct outcome outcome = reply->outcome;

	*json = NULL;
	if (outcome.kind != OUTCOME_OK)
		return outcome;
	*json = parse(reply);
	if (!is_success(reply) || json_is_false(json_object_get(*json, "ok")))
		outcome = of_refusal(reply, *json);
	else if (!*json && (reply->status != 204 || reply->length > 0))
		outcome = not_of_the_api(reply);
	if (outcome.kind == OUTCOME_OK)
		outcome = token_search(reply, *json);
	if (outcome.kind != OUTCOME_OK) {
		json_decref(*json);
		*json = NULL;
	}
	outcome.http_status = reply->status;
	outcome_name_request(&outcome, reply->request_id);
	return outcome;
}

struct outcome control_page(json_t *json, const char *cursor, json_t **items, const char **next)
{
	json_t *given = json_object_get(json, "nextCursor");

	*items = json_is_array(json) ? json : json_object_get(json, "items");
	*next = NULL;
	if (!json_is_array(*items))
		return outcome_advise(outcome_make(OUTCOME_BAD_REPLY, "the answer is not a list"),
				      ADDRESS_ADVICE);
	if (json_array_size(*items) > CONTROL_ITEMS_MAX)
		return outcome_make(OUTCOME_BAD_REPLY, "a page has more than %d items",
				    CONTROL_ITEMS_MAX);
	if (!given || json_is_null(given) ||
	    (json_is_string(given) && json_string_length(given) == 0))
		return (struct outcome){.kind = OUTCOME_OK};
	*next = control_text(json, "nextCursor", CONTROL_CURSOR_MAX);
	if (!*next)
		return outcome_make(OUTCOME_BAD_REPLY, "the cursor of the next page makes no "
						       "sense");
	if (cursor && !strcmp(cursor, *next))
		*next = NULL;
	return (struct outcome){.kind = OUTCOME_OK};
}
