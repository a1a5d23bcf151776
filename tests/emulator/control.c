/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

#define DEFAULT_LIMIT 100
#define LIMIT_MAX 1000
#define CURSOR_PREFIX "at-"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct control_route *const tables[] = {control_list_routes, control_deploy_routes,
						     control_flag_routes};

static const char *usual_error(unsigned status)
{
	static const struct {
		unsigned status;
		const char *error;
	} usual[] = {
	    {400, "invalid"},	{401, "unauthorized"},	     {403, "forbidden"},
	    {404, "not_found"}, {405, "method_not_allowed"}, {409, "conflict"},
	    {413, "too_large"}, {429, "rate_limited"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (usual[i].status == status)
			return usual[i].error;
	return status >= 500 ? "internal" : "invalid";
}

void control_error(struct call *call, unsigned status, const char *error, const char *format, ...)
{
	char *message;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	answer_json(call, status,
		    json_pack("{s:b, s:s, s:s}", "ok", 0, "error",
			      error ? error : usual_error(status), "message", must(message)));
	free(message);
}

bool control_is(const struct call *call)
{
	return call->segment_count && strcmp(call->segments[0], "control-plane") == 0;
}

bool control_has(json_t *array, const char *text)
{
	json_t *item;
	size_t index;

	json_array_foreach(array, index,
			   item) if (strcmp(json_string_value(item), text) == 0) return true;
	return false;
}

json_t *control_child(json_t *object, const char *name)
{
	json_t *child = json_object_get(object, name);

	if (child)
		return child;
	child = must(json_object());
	json_object_set_new(object, name, child);
	return child;
}

bool control_is_environment(const char *name)
{
	return strcmp(name, "dev") == 0 || strcmp(name, "staging") == 0 ||
	       strcmp(name, "production") == 0;
}

json_t *control_account(const struct call *call)
{
	json_t *accounts = json_object_get(call->emulator->state.control_plane, "accounts");

	return json_object_get(accounts, call->captures[0]);
}

json_t *control_project(const struct call *call)
{
	json_t *projects = json_object_get(control_account(call), "projects");

	return json_object_get(projects, call->captures[1]);
}

json_t *control_body(struct call *call)
{
	json_error_t error;
	json_t *body;

	if (!call_has_type(call, "application/json")) {
		control_error(call, 400, NULL, "The content type must be application/json.");
		return NULL;
	}
	body = json_loadb(call->body, call->length, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(body))
		return body;
	if (body)
		control_error(call, 400, NULL, "The body must be a JSON object.");
	else
		control_error(call, 400, NULL, "The body is not JSON: line %d, column %d: %s.",
			      error.line, error.column, error.text);
	json_decref(body);
	return NULL;
}

/* Plain decimal digits. */
static bool parse_number(const char *text, size_t *number)
{
	if (!*text || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text))
		return false;
	*number = (size_t)strtoul(text, NULL, 10);
	return true;
}

bool control_page(struct call *call, struct control_page *page)
{
	const char *limit = call_argument(call, "limit"), *cursor = call_argument(call, "cursor");
	size_t length = strlen(CURSOR_PREFIX);

	*page = (struct control_page){0, DEFAULT_LIMIT};
	if (limit &&
	    (!parse_number(limit, &page->limit) || !page->limit || page->limit > LIMIT_MAX)) {
		control_error(call, 400, NULL, "limit must be a number from 1 to %d.", LIMIT_MAX);
		return false;
	}
	if (cursor && (strncmp(cursor, CURSOR_PREFIX, length) != 0 ||
		       !parse_number(cursor + length, &page->start))) {
		control_error(call, 400, NULL, "cursor is not one that this list gave.");
		return false;
	}
	return true;
}

void control_list(struct call *call, const struct control_page *page, json_t *items, size_t total)
{
	size_t next = page->start + json_array_size(items);
	json_t *cursor = next < total ? json_sprintf(CURSOR_PREFIX "%zu", next) : json_null();

	answer_json(call, 200,
		    json_pack("{s:o, s:o}", "items", must(items), "nextCursor", must(cursor)));
}

void control_audit(struct call *call, const char *action, json_t *details)
{
	json_t *audit = json_object_get(control_account(call), "audit");
	json_t *target = must(json_pack("{s:s}", "projectId", call->captures[1]));

	json_object_update(target, must(details));
	json_decref(details);
	json_array_insert_new(audit, 0,
			      must(json_pack("{s:o, s:s, s:s, s:o}", "at", state_time(), "actor",
					     "api-token", "action", action, "target", target)));
	if (json_array_size(audit) > CONTROL_HISTORY_MAX)
		json_array_remove(audit, CONTROL_HISTORY_MAX);
}

/* What is wrong with the token is answered; false then. */
static bool authorized(struct call *call)
{
	json_t *plane = call->emulator->state.control_plane;
	const char *header = call_header(call, "authorization");
	const char *token = header && strncmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;

	if (token && control_has(json_object_get(plane, "tokens"), token))
		return true;
	if (!token || !control_has(json_object_get(plane, "read_only_tokens"), token)) {
		control_error(call, 401, NULL, "A valid token is needed.");
		answer_header(call, "WWW-Authenticate", "Bearer");
		return false;
	}
	if (strcmp(call->method, "GET") == 0)
		return true;
	control_error(call, 403, NULL, "This token may only read.");
	return false;
}

/* Sets other_method where the path is there, but not by this method. */
static const struct control_route *find_route(struct call *call, bool *other_method)
{
	char pattern[256];

	*other_method = false;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		for (const struct control_route *route = tables[i]; route->method; route++) {
			snprintf(pattern, sizeof(pattern), "control-plane/v0/%s", route->pattern);
			if (!call_matches(call, pattern))
				continue;
			if (strcmp(route->method, call->method) == 0)
				return route;
			*other_method = true;
		}
	}
	return NULL;
}

static bool has_app(const struct call *call)
{
	return control_has(json_object_get(control_project(call), "apps"), call->captures[3]);
}

static bool is_linked(const struct call *call)
{
	return json_is_true(json_object_get(control_project(call), "linked"));
}

/* Whether what the path names is there; what is not is answered. */
static bool is_there(struct call *call, enum control_level level)
{
	if (level >= CONTROL_ACCOUNT && !control_account(call))
		control_error(call, 404, NULL, "No such account: %s.", call->captures[0]);
	else if (level >= CONTROL_PROJECT && !control_project(call))
		control_error(call, 404, NULL, "No such project: %s.", call->captures[1]);
	else if (level >= CONTROL_ENVIRONMENT && !control_is_environment(call->captures[2]))
		control_error(call, 404, NULL, "No such environment: %s.", call->captures[2]);
	else if ((level == CONTROL_LINKED || level == CONTROL_APP) && !is_linked(call))
		control_error(call, 409, "unlinked", "Project %s is not linked: run hs-x link.",
			      call->captures[1]);
	else if (level == CONTROL_APP && !has_app(call))
		control_error(call, 404, NULL, "The project has no such app: %s.",
			      call->captures[3]);
	else
		return true;
	return false;
}

void control_answer(struct call *call)
{
	bool other_method;
	const struct control_route *route;

	if (!authorized(call))
		return;
	route = find_route(call, &other_method);
	if (!route && other_method)
		control_error(call, 405, NULL, "This path does not take %s.", call->method);
	else if (!route)
		control_error(call, 404, NULL, "No such path.");
	else if (call->oversized || call->length > CONTROL_BODY_CEILING)
		control_error(call, 413, NULL, "The body is larger than %zu bytes.",
			      CONTROL_BODY_CEILING);
	else if (is_there(call, route->level))
		route->answer(call);
}
