/* SPDX-License-Identifier: MIT */
#include "control_call.h"
#include "control_reply.h"
#include <stdlib.h>
#include <string.h>

/* ---- answers to questions ---- */

static const struct outcome no_memory = {.kind = OUTCOME_NO_MEMORY,
					 .message = "no memory for an answer"};

/* A page's items, NULL with another outcome than OUTCOME_OK. */
static struct outcome page_of(struct control_call *call, const struct outcome *outcome,
			      json_t *json, json_t **items, const char **next)
{
	struct outcome page = *outcome;

	*items = NULL;
	*next = NULL;
	if (outcome->kind == OUTCOME_OK)
		page = control_page(json, call->cursor, items, next);
	page.http_status = outcome->http_status;
	if (page.kind != OUTCOME_OK)
		*items = NULL;
	return page;
}

static void end_accounts(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	json_t *items;
	const char *next;
	size_t count = 0;
	struct outcome page = page_of(call, outcome, json, &items, &next);
	struct control_account *accounts = items ? control_read_accounts(items, &count) : NULL;

	if (items && !accounts)
		page = no_memory;
	call->came.accounts(call->context, &page, accounts, count, accounts ? next : NULL);
	free(accounts);
}

static void end_projects(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	json_t *items;
	const char *next;
	size_t count = 0;
	struct outcome page = page_of(call, outcome, json, &items, &next);
	struct control_project *projects = items ? control_read_projects(items, &count) : NULL;

	if (items && !projects)
		page = no_memory;
	call->came.projects(call->context, &page, projects, count, projects ? next : NULL);
	free(projects);
}

static void end_deploys(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	json_t *items;
	const char *next;
	size_t count = 0;
	struct outcome page = page_of(call, outcome, json, &items, &next);
	struct control_deploy *deploys = items ? control_read_deploys(items, &count) : NULL;

	if (items && !deploys)
		page = no_memory;
	call->came.deploys(call->context, &page, deploys, count, deploys ? next : NULL);
	free(deploys);
}

static void end_deploy(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	struct outcome told = *outcome;
	struct control_deploy deploy;

	if (told.kind == OUTCOME_OK && (!control_read_deploy(json, &deploy) ||
					strcmp(deploy.id, call->names[CONTROL_NAME_DEPLOY]) != 0)) {
		told = outcome_make(OUTCOME_BAD_REPLY,
				    "the answer is not about the deploy that was asked for");
		told.http_status = outcome->http_status;
	}
	if (told.kind == OUTCOME_OK)
		call->came.deploys(call->context, &told, &deploy, 1, NULL);
	else
		call->came.deploys(call->context, &told, NULL, 0, NULL);
}

static void end_installs(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	struct control_scope scope = {.account = call->names[CONTROL_NAME_ACCOUNT],
				      .project = call->names[CONTROL_NAME_PROJECT],
				      .environment = call->names[CONTROL_NAME_ENVIRONMENT]};
	json_t *items;
	const char *next;
	size_t count = 0, unshown = 0;
	struct outcome page = page_of(call, outcome, json, &items, &next);
	struct control_install *installs =
	    items ? control_read_installs(items, &scope, &count, &unshown) : NULL;

	if (items && !installs)
		page = no_memory;
	call->came.installs(call->context, &page, installs, count, unshown, installs ? next : NULL);
	free(installs);
}

/* ---- routes ---- */

static struct outcome add_routes(struct control_routes *routes, json_t *items)
{
	size_t i, room = routes->count + json_array_size(items);
	json_t *item;
	struct control_route *more;

	if (room > CONTROL_ITEMS_MAX)
		return outcome_make(OUTCOME_BAD_REPLY, "a project has more than %d routes",
				    CONTROL_ITEMS_MAX);
	more = reallocarray(routes->items, room + 1, sizeof(*more));
	if (!more)
		return no_memory;
	routes->items = more;
	json_array_foreach(items, i, item)
	{
		if (control_read_route(item, &more[routes->count]))
			routes->count++;
	}
	return (struct outcome){.kind = OUTCOME_OK};
}

static bool is_endless(const struct control_routes *routes, const char *next)
{
	return (next && routes->page_count + 1 == ROUTE_PAGES_MAX) ||
	       routes->bytes > HTTP_REPLY_CEILING;
}

static struct outcome add_page(struct control_call *call, const struct outcome *outcome,
			       json_t *json, const char **next)
{
	struct control_routes *routes = call->routes;
	json_t *items;
	struct outcome page = page_of(call, outcome, json, &items, next);

	if (page.kind != OUTCOME_OK)
		return page;
	if (is_endless(routes, *next)) {
		page = outcome_make(OUTCOME_BAD_REPLY,
				    "the list of a project's routes does not end: %u pages, %zu "
				    "bytes",
				    routes->page_count + 1, routes->bytes);
	} else {
		routes->pages[routes->page_count++] = json_incref(json);
		if (!routes->attested)
			routes->attested = control_read_attestation(
			    json_object_get(json, "attestation"), &routes->serving);
		page = add_routes(routes, items);
	}
	page.http_status = outcome->http_status;
	return page;
}

/* Not finished where another page has been asked for: then call->http is set. */
static void end_routes(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	struct control_routes *routes = call->routes;
	const char *next;
	struct outcome page = add_page(call, outcome, json, &next);

	if (page.kind == OUTCOME_OK && next) {
		if (control_ask(call, next))
			return;
		page = no_memory;
	}
	if (page.kind == OUTCOME_OK)
		call->came.routes(call->context, &page, routes->items, routes->count,
				  routes->attested ? &routes->serving : NULL);
	else
		call->came.routes(call->context, &page, NULL, 0, NULL);
}

/* ---- answers to changes ---- */

static bool is_lost(const struct control_call *call, const struct outcome *outcome)
{
	return call->sent &&
	       (outcome_is_unreachable(outcome->kind) || outcome->kind == OUTCOME_BAD_REPLY ||
		outcome->kind == OUTCOME_SERVER_ERROR);
}

/* False where the answer has that member and it is something else. */
static bool agrees(json_t *json, const char *member, const char *expected)
{
	const char *told = control_text(json, member, CONTROL_TEXT_MAX);

	return !told || !strcmp(told, expected);
}

static struct outcome check_change(const struct outcome *outcome, json_t *json, bool agreeing)
{
	struct outcome told = *outcome;

	if (told.kind != OUTCOME_OK || ((!json || json_is_object(json)) && agreeing))
		return told;
	told = outcome_advise(outcome_make(OUTCOME_BAD_REPLY,
					   "the answer is not about the change that was asked "
					   "for"),
			      "look at what is there now");
	told.http_status = outcome->http_status;
	return told;
}

static void end_route_change(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	bool agreeing = agrees(json, "environment", call->names[CONTROL_NAME_ENVIRONMENT]) &&
			agrees(json, "active", call->names[CONTROL_NAME_DEPLOY]);
	struct outcome told = check_change(outcome, json, agreeing);

	call->came.changed(call->context, &told, is_lost(call, &told));
}

static void end_flag_change(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	bool agreeing = agrees(json, "key", call->names[CONTROL_NAME_FLAG]);
	struct outcome told = check_change(outcome, json, agreeing);
	bool has_flag = told.kind == OUTCOME_OK && control_text(json, "key", CONTROL_TEXT_MAX);

	call->came.flag(call->context, &told, has_flag ? json : NULL, is_lost(call, &told));
}

typedef void finish_call(struct control_call *call, const struct outcome *outcome, json_t *json);

static finish_call *const finishes[CONTROL_PATHS] = {
    [CONTROL_ACCOUNTS] = end_accounts,	   [CONTROL_PROJECTS] = end_projects,
    [CONTROL_ROUTES] = end_routes,	   [CONTROL_DEPLOYS] = end_deploys,
    [CONTROL_DEPLOY] = end_deploy,	   [CONTROL_PROMOTE] = end_route_change,
    [CONTROL_ROLLBACK] = end_route_change, [CONTROL_INSTALLS] = end_installs,
    [CONTROL_FLAGS] = end_flag_change,	   [CONTROL_FLAG] = end_flag_change,
};

void control_finish(struct control_call *call, const struct outcome *outcome, json_t *json)
{
	finishes[call->path](call, outcome, json);
}
