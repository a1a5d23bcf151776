/* SPDX-License-Identifier: MIT */
#include "routes.h"

#include <string.h>

#include "answer.h"
#include "control.h"

#define BASE "/client/v4/"

static const struct route *const tables[] = {account_routes, script_routes,  secret_routes,
					     version_routes, kv_list_routes, kv_value_routes,
					     kv_bulk_routes};

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static bool route_matches(struct call *call, const struct route *route)
{
	char pattern[256] = "client/v4/";

	strncat(pattern, route->pattern, sizeof(pattern) - strlen(pattern) - 1);
	return call_matches(call, pattern);
}

/* Sets other_method where the path has a route, but not by this method. */
static const struct route *find_route(struct call *call, bool *other_method)
{
	*other_method = false;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		for (const struct route *route = tables[i]; route->method; route++) {
			if (!route_matches(call, route))
				continue;
			if (strcmp(route->method, call->method) == 0)
				return route;
			*other_method = true;
		}
	}
	return NULL;
}

static bool contains(json_t *array, const char *text)
{
	json_t *item;
	size_t index;

	json_array_foreach(array, index,
			   item) if (strcmp(json_string_value(item), text) == 0) return true;
	return false;
}

static bool is_account(const struct call *call)
{
	return call->segment_count > 3 && strcmp(call->segments[2], "accounts") == 0;
}

static bool is_user_verify(const struct call *call)
{
	return call->segment_count == 5 && strcmp(call->segments[2], "user") == 0 &&
	       strcmp(call->segments[4], "verify") == 0;
}

/* What is wrong with the token is answered; false then. */
static bool authorized(struct call *call)
{
	const struct state *state = &call->emulator->state;
	const char *header = call_header(call, "authorization");
	bool of_account;

	if (!header) {
		answer_error(call, 401, 10000, "Authentication error");
		return false;
	}
	if (strncmp(header, "Bearer ", 7) != 0) {
		answer_error(call, 400, 6003, "Invalid request headers");
		return false;
	}
	of_account = contains(state->account_tokens, header + 7);
	if (is_user_verify(call) && !contains(state->tokens, header + 7)) {
		answer_error(call, 401, 1000, "Invalid API Token");
		return false;
	}
	if (!of_account && !contains(state->tokens, header + 7)) {
		answer_error(call, 403, 10000, "Authentication error");
		return false;
	}
	return true;
}

static void answer_no_route(struct call *call)
{
	answer_error(call, 404, 7003,
		     "Could not route to %s, perhaps your object identifier is invalid?",
		     strncmp(call->path, BASE, strlen(BASE)) == 0 ? call->path + strlen(BASE) - 1
								  : call->path);
}

void routes_answer(struct call *call)
{
	bool other_method;
	const struct route *route = find_route(call, &other_method);

	if (control_is(call))
		control_answer(call);
	else if (call->oversized)
		answer_error(call, 413, 10024, "The request body is too large");
	else if (!route && other_method)
		answer_error(call, 405, 10405, "Method not allowed for this endpoint");
	else if (!route)
		answer_no_route(call);
	else if (!authorized(call))
		return;
	else if (is_account(call) && !state_scripts(&call->emulator->state, call->segments[3]))
		answer_no_route(call);
	else
		route->answer(call);
}

json_t *routes_script(struct call *call)
{
	json_t *script = state_script(&call->emulator->state, call->captures[0], call->captures[1]);

	if (!script)
		answer_error(call, 404, 10007, "This Worker does not exist on your account.");
	return script;
}

json_t *routes_body(struct call *call, const char *type, const char *other)
{
	json_error_t error;
	json_t *body;

	if (!call_has_type(call, type) && !(other && call_has_type(call, other))) {
		answer_error(call, 415, 10001, "The content type must be %s", type);
		return NULL;
	}
	body = json_loadb(call->body, call->length, 0, &error);
	if (json_is_object(body))
		return body;
	if (body)
		answer_error(call, 400, 10026, "The request body is not an object");
	else
		answer_error(call, 400, 10026, "Could not parse the request body, line %d",
			     error.line);
	json_decref(body);
	return NULL;
}
