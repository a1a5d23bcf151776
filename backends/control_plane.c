/* SPDX-License-Identifier: MIT */
#include "control_call.h"
#include "control_reply.h"
#include "json_io.h"
#include "text.h"
#include "wipe.h"
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE "1000"

/* All that names can make of a path; http_send refuses what is too long for an address. */
#define PATH_SIZE 16384

/* Of what the server says, in bytes. */
#define MESSAGE_MAX 300

struct control_plane {
	struct http_api *api;
	char *templates[CONTROL_PATHS];
	struct control_call *calls;
};

/* ---- control planes ---- */

struct control_plane *control_plane_new(struct http_api *api, const char *const *paths)
{
	struct control_plane *plane = calloc(1, sizeof(*plane));

	if (!plane)
		return NULL;
	plane->api = api;
	for (enum control_path path = 0; path < CONTROL_PATHS; path++) {
		const char *own = paths ? paths[path] : NULL;

		plane->templates[path] = strdup(own ? own : control_path_types[path].template);
		if (!plane->templates[path]) {
			control_plane_free(plane);
			return NULL;
		}
	}
	return plane;
}

void control_plane_free(struct control_plane *plane)
{
	if (!plane)
		return;
	while (plane->calls)
		control_cancel(plane->calls);
	for (enum control_path path = 0; path < CONTROL_PATHS; path++)
		free(plane->templates[path]);
	free(plane);
}

struct outcome control_plane_ready(const struct control_plane *plane)
{
	return http_api_ready(plane->api);
}

/* ---- calls ---- */

static void link_call(struct control_call *call)
{
	struct control_plane *plane = call->plane;

	call->previous = &plane->calls;
	call->next = plane->calls;
	if (call->next)
		call->next->previous = &call->next;
	plane->calls = call;
}

static void unlink_call(struct control_call *call)
{
	if (call->previous)
		*call->previous = call->next;
	if (call->next)
		call->next->previous = call->previous;
	call->next = NULL;
	call->previous = NULL;
}

static void free_routes(struct control_routes *routes)
{
	if (!routes)
		return;
	for (unsigned i = 0; i < routes->page_count; i++)
		json_decref(routes->pages[i]);
	free(routes->items);
	free(routes);
}

void control_cancel(struct control_call *call)
{
	if (call->http)
		http_cancel(call->http);
	unlink_call(call);
	free_routes(call->routes);
	for (enum control_name name = 0; name < CONTROL_NAMES; name++)
		free(call->names[name]);
	free(call->cursor);
	free(call);
}

static struct control_call *new_call(struct control_plane *plane, enum control_path path,
				     const char *const names[CONTROL_NAMES], void *context)
{
	struct control_call *call = calloc(1, sizeof(*call));
	bool copied = call != NULL;

	for (enum control_name name = 0; copied && name < CONTROL_NAMES; name++)
		copied = !names[name] || (call->names[name] = strdup(names[name]));
	if (!copied) {
		if (call)
			control_cancel(call);
		return NULL;
	}
	call->plane = plane;
	call->path = path;
	call->context = context;
	if (path == CONTROL_ROUTES && !(call->routes = calloc(1, sizeof(*call->routes)))) {
		control_cancel(call);
		return NULL;
	}
	link_call(call);
	return call;
}

static bool append(char *path, const char *text)
{
	size_t used = strlen(path);

	if (used + strlen(text) >= PATH_SIZE)
		return false;
	strcpy(path + used, text);
	return true;
}

static bool has_pages(enum control_path path)
{
	return path == CONTROL_ACCOUNTS || path == CONTROL_PROJECTS || path == CONTROL_DEPLOYS ||
	       path == CONTROL_INSTALLS;
}

static bool append_query(const struct control_call *call, char *path)
{
	if (has_pages(call->path) && !append(path, "?limit=" PAGE_SIZE))
		return false;
	return !call->cursor || (append(path, has_pages(call->path) ? "&cursor=" : "?cursor=") &&
				 http_encode(path, PATH_SIZE, call->cursor));
}

static void answered(void *context, const struct http_reply *reply);

static bool send_request(struct control_call *call, const struct http_request *request)
{
	struct http_request complete = *request;
	struct control_plane *plane = call->plane;
	char path[PATH_SIZE];

	if (!control_path_fill(path, sizeof(path), plane->templates[call->path],
			       (const char *const *)call->names))
		return false;
	complete.path = path;
	if (!request->text && !append_query(call, path))
		return false;
	call->http = http_send(plane->api, &complete, answered, call);
	return call->http != NULL;
}

bool control_ask(struct control_call *call, const char *cursor)
{
	struct http_request request = {
	    .method = "GET", .repeatable = true, .conflict_is_final = true};

	free(call->cursor);
	call->cursor = cursor ? strdup(cursor) : NULL;
	return (!cursor || call->cursor) && send_request(call, &request);
}

/* Changes go on a connection of their own: libcurl repeats what a kept one lost. */
static bool tell(struct control_call *call, const char *method, json_t *body)
{
	char *text = body ? json_write(body, JSON_COMPACT) : NULL;
	struct http_request request = {
	    .method = method, .content_type = "application/json", .text = text, .fresh = true};
	bool told = text && send_request(call, &request);

	wipe_free(text);
	return told;
}

static struct control_call *or_nothing(struct control_call *call, bool sent)
{
	if (sent)
		return call;
	control_cancel(call);
	return NULL;
}

/* Less than was searched for the token is shown: the beginning of one at the end is not. */
static void withhold(const struct control_plane *plane, struct outcome *outcome)
{
	if (outcome_is_unreachable(outcome->kind))
		return;
	http_api_examine(plane->api, outcome);
	text_cut(outcome->message, MESSAGE_MAX);
}

static struct outcome read_answer(const struct control_plane *plane, const struct http_reply *reply,
				  json_t **json)
{
	struct outcome outcome = control_outcome(reply, json);

	withhold(plane, &outcome);
	return outcome;
}

/* The caller may free the control plane while he is called back. */
static void answered(void *context, const struct http_reply *reply)
{
	struct control_call *call = context;
	json_t *json;
	struct outcome outcome = read_answer(call->plane, reply, &json);

	call->http = NULL;
	call->sent = reply->sent;
	unlink_call(call);
	if (call->routes)
		call->routes->bytes += reply->length;
	control_finish(call, &outcome, json);
	json_decref(json);
	if (call->http)
		link_call(call);
	else
		control_cancel(call);
}

/* ---- questions ---- */

struct control_call *control_accounts(struct control_plane *plane, const char *cursor,
				      control_accounts_came *came, void *context)
{
	static const char *const names[CONTROL_NAMES] = {NULL};
	struct control_call *call = new_call(plane, CONTROL_ACCOUNTS, names, context);

	if (!call)
		return NULL;
	call->came.accounts = came;
	return or_nothing(call, control_ask(call, cursor));
}

struct control_call *control_projects(struct control_plane *plane, const char *account,
				      const char *cursor, control_projects_came *came,
				      void *context)
{
	const char *names[CONTROL_NAMES] = {[CONTROL_NAME_ACCOUNT] = account};
	struct control_call *call = new_call(plane, CONTROL_PROJECTS, names, context);

	if (!call)
		return NULL;
	call->came.projects = came;
	return or_nothing(call, control_ask(call, cursor));
}

struct control_call *control_routes(struct control_plane *plane, const char *account,
				    const char *project, control_routes_came *came, void *context)
{
	const char *names[CONTROL_NAMES] = {
	    [CONTROL_NAME_ACCOUNT] = account, [CONTROL_NAME_PROJECT] = project};
	struct control_call *call = new_call(plane, CONTROL_ROUTES, names, context);

	if (!call)
		return NULL;
	call->came.routes = came;
	return or_nothing(call, control_ask(call, NULL));
}

struct control_call *control_deploys(struct control_plane *plane, const char *account,
				     const char *project, const char *cursor,
				     control_deploys_came *came, void *context)
{
	const char *names[CONTROL_NAMES] = {
	    [CONTROL_NAME_ACCOUNT] = account, [CONTROL_NAME_PROJECT] = project};
	struct control_call *call = new_call(plane, CONTROL_DEPLOYS, names, context);

	if (!call)
		return NULL;
	call->came.deploys = came;
	return or_nothing(call, control_ask(call, cursor));
}

struct control_call *control_deploy(struct control_plane *plane, const char *account,
				    const char *project, const char *deploy,
				    control_deploys_came *came, void *context)
{
	const char *names[CONTROL_NAMES] = {[CONTROL_NAME_ACCOUNT] = account,
					    [CONTROL_NAME_PROJECT] = project,
					    [CONTROL_NAME_DEPLOY] = deploy};
	struct control_call *call = new_call(plane, CONTROL_DEPLOY, names, context);

	if (!call)
		return NULL;
	call->came.deploys = came;
	return or_nothing(call, control_ask(call, NULL));
}

struct control_call *control_installs(struct control_plane *plane, const char *account,
				      const char *project, const char *environment,
				      const char *cursor, control_installs_came *came,
				      void *context)
{
	const char *names[CONTROL_NAMES] = {[CONTROL_NAME_ACCOUNT] = account,
					    [CONTROL_NAME_PROJECT] = project,
					    [CONTROL_NAME_ENVIRONMENT] = environment};
	struct control_call *call = new_call(plane, CONTROL_INSTALLS, names, context);

	if (!call)
		return NULL;
	call->came.installs = came;
	return or_nothing(call, control_ask(call, cursor));
}

/* ---- changes ---- */

/* The deploy's name is that of the one that is to be active then. */
static struct control_call *change_route(struct control_plane *plane, enum control_path path,
					 const char *const names[CONTROL_NAMES], json_t *body,
					 control_changed *changed, void *context)
{
	struct control_call *call = body ? new_call(plane, path, names, context) : NULL;
	bool sent = false;

	if (call) {
		call->came.changed = changed;
		sent = tell(call, "POST", body);
	}
	json_decref(body);
	return call ? or_nothing(call, sent) : NULL;
}

struct control_call *control_promote(struct control_plane *plane, const char *account,
				     const char *project, const char *environment,
				     const char *deploy, control_changed *changed, void *context)
{
	const char *names[CONTROL_NAMES] = {[CONTROL_NAME_ACCOUNT] = account,
					    [CONTROL_NAME_PROJECT] = project,
					    [CONTROL_NAME_ENVIRONMENT] = environment,
					    [CONTROL_NAME_DEPLOY] = deploy};

	return change_route(plane, CONTROL_PROMOTE, names,
			    json_pack("{s:s}", "environment", environment), changed, context);
}

struct control_call *control_rollback(struct control_plane *plane, const char *account,
				      const char *project, const char *environment,
				      const char *from, const char *to, control_changed *changed,
				      void *context)
{
	const char *names[CONTROL_NAMES] = {[CONTROL_NAME_ACCOUNT] = account,
					    [CONTROL_NAME_PROJECT] = project,
					    [CONTROL_NAME_ENVIRONMENT] = environment,
					    [CONTROL_NAME_DEPLOY] = to};
	json_t *body =
	    json_pack("{s:s, s:s, s:s}", "environment", environment, "from", from, "to", to);

	return change_route(plane, CONTROL_ROLLBACK, names, body, changed, context);
}

static struct control_call *change_flag(struct control_plane *plane, const char *method,
					const struct control_scope *scope, const char *key,
					json_t *body, control_flag_changed *changed, void *context)
{
	enum control_path path = strcmp(method, "POST") ? CONTROL_FLAG : CONTROL_FLAGS;
	const char *names[CONTROL_NAMES] = {[CONTROL_NAME_ACCOUNT] = scope->account,
					    [CONTROL_NAME_PROJECT] = scope->project,
					    [CONTROL_NAME_ENVIRONMENT] = scope->environment,
					    [CONTROL_NAME_APP] = scope->app,
					    [CONTROL_NAME_FLAG] = key};
	struct control_call *call = key ? new_call(plane, path, names, context) : NULL;

	if (!call)
		return NULL;
	call->came.flag = changed;
	return or_nothing(call, tell(call, method, body));
}

struct control_call *control_flag_create(struct control_plane *plane,
					 const struct control_scope *scope, json_t *body,
					 control_flag_changed *changed, void *context)
{
	const char *key = json_string_value(json_object_get(body, "key"));

	return change_flag(plane, "POST", scope, key, body, changed, context);
}

struct control_call *control_flag_replace(struct control_plane *plane,
					  const struct control_scope *scope, const char *key,
					  json_t *body, control_flag_changed *changed,
					  void *context)
{
	return change_flag(plane, "PUT", scope, key, body, changed, context);
}

struct control_call *control_flag_patch(struct control_plane *plane,
					const struct control_scope *scope, const char *key,
					json_t *body, control_flag_changed *changed, void *context)
{
	return change_flag(plane, "PATCH", scope, key, body, changed, context);
}
