/* SPDX-License-Identifier: MIT */
#include "routes.h"
#include "../backends/control_time.h"
#include "../backends/text.h"
#include "discovery.h"
#include "filesystem.h"
#include <stdlib.h>
#include <string.h>

#define VALUES (NODE_UPDATED - NODE_ACTIVE + 1)

struct route {
	char *values[VALUES];
	time_t time;
};

struct routes {
	struct project_state *project;
	struct refresh refresh;
	struct control_call *call;
	struct route environments[ENVIRONMENTS];
	char *serving;
	char reason[300]; /* why there is none at all */
};

static void ask(void *owner);

struct routes *routes_new(struct project_state *project)
{
	struct routes *routes = calloc(1, sizeof(*routes));

	if (!routes)
		return NULL;
	routes->project = project;
	refresh_init(&routes->refresh, project->account->filesystem->options->time_to_live, ask,
		     routes);
	return routes;
}

static void forget(struct routes *routes)
{
	for (int i = 0; i < ENVIRONMENTS; i++) {
		for (int j = 0; j < VALUES; j++)
			free(routes->environments[i].values[j]);
		routes->environments[i] = (struct route){.time = TREE_UNKNOWN_TIME};
	}
	routes->reason[0] = '\0';
}

void routes_free(struct routes *routes)
{
	if (!routes)
		return;
	if (routes->call)
		control_cancel(routes->call);
	refresh_end(&routes->refresh);
	forget(routes);
	free(routes->serving);
	free(routes);
}

/* ---- what came ---- */

/* One line of text, as long as the backend lets one be: what a server sends may hold anything. */
static char *keep(const char *text)
{
	if (!text || !*text || text_has_control(text, strlen(text)))
		return NULL;
	return strdup(text);
}

static void take_route(struct routes *routes, const struct control_route *told)
{
	const char *values[VALUES] = {told->active, told->previous, told->reason, told->updated};
	int64_t time = told->updated ? control_time(told->updated) : -1;

	for (int i = 0; i < ENVIRONMENTS; i++) {
		struct route *route = &routes->environments[i];

		if (strcmp(told->environment, environment_names[i]) != 0 || route->values[0])
			continue;
		for (int j = 0; j < VALUES; j++)
			route->values[j] = keep(values[j]);
		route->time = time >= 0 ? (time_t)time : TREE_UNKNOWN_TIME;
	}
}

const char *routes_environment(const char *told)
{
	for (int i = 0; i < ENVIRONMENTS; i++)
		if (!strcmp(told, environment_names[i]))
			return environment_names[i];
	return "unknown";
}

static void log_serving(struct routes *routes, enum environment environment)
{
	struct node node = {
	    .kind = NODE_ENVIRONMENT, .environment = environment, .index = routes->project->index};
	struct outcome outcome = outcome_advise(
	    outcome_make(OUTCOME_CONFLICT,
			 "%s is not what is serving: the project's Workers last attested %.40s",
			 environment_names[environment], routes->serving),
	    "a deploy of another environment replaced the same scripts; deploy %s again",
	    environment_names[environment]);

	filesystem_refuse(routes->project->account->filesystem, "serving", &node, NULL, &outcome);
}

/* An environment has a route, but the Workers say that they are another's: said when it changes. */
static void take_serving(struct routes *routes, const struct control_attestation *told)
{
	char *serving =
	    told && told->environment ? keep(routes_environment(told->environment)) : NULL;
	bool same = serving && routes->serving && !strcmp(serving, routes->serving);

	free(routes->serving);
	routes->serving = serving;
	for (int i = 0; serving && !same && i < ENVIRONMENTS; i++)
		if (routes->environments[i].values[0] && strcmp(serving, environment_names[i]) != 0)
			log_serving(routes, i);
}

static void answer(struct routes *routes, const struct outcome *outcome)
{
	refresh_answered(&routes->refresh, outcome);
}

/* There are none, and that is no failure. */
static void have_none(struct routes *routes, const char *reason)
{
	const struct outcome ok = {.kind = OUTCOME_OK};

	forget(routes);
	free(routes->serving);
	routes->serving = NULL;
	snprintf(routes->reason, sizeof(routes->reason), "%s", reason);
	answer(routes, &ok);
}

static void came(void *context, const struct outcome *outcome, const struct control_route *told,
		 size_t count, const struct control_attestation *serving)
{
	struct routes *routes = context;

	routes->call = NULL;
	/* One that is told of and then not found is not empty: something is wrong. */
	if (outcome->kind == OUTCOME_GATE_CLOSED ||
	    (outcome->kind == OUTCOME_NOT_FOUND && !routes->project->told)) {
		have_none(routes, outcome->message);
		return;
	}
	if (outcome->kind == OUTCOME_OK) {
		forget(routes);
		for (size_t i = 0; i < count; i++)
			if (told[i].environment)
				take_route(routes, &told[i]);
		take_serving(routes, serving);
	}
	answer(routes, outcome);
}

/* ---- asking ---- */

static void project_known(void *context, const struct outcome *outcome)
{
	struct routes *routes = context;
	struct project_state *project = routes->project;
	struct outcome end = *outcome;

	if (end.kind == OUTCOME_CANCELLED) {
		answer(routes, &end);
		return;
	}
	if (project->told && !project->linked) {
		have_none(routes, "the project is not linked: run hs-x link");
		return;
	}
	routes->call = control_routes(project->account->plane, project->account->name,
				      project->name, came, routes);
	if (routes->call)
		return;
	end = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");
	answer(routes, &end);
}

static void ask(void *owner)
{
	struct routes *routes = owner;

	if (routes->project->account->plane)
		discovery_wait_project(routes->project, project_known, routes);
	else
		have_none(routes, "no control plane is configured: accounts.NAME.control_plane");
}

void routes_wait(struct routes *routes, refresh_ready *ready, void *context)
{
	refresh_wait(&routes->refresh, ready, context);
}

int64_t routes_fresh_for(const struct routes *routes)
{
	return refresh_fresh_for(&routes->refresh);
}

void routes_expire(struct routes *routes)
{
	refresh_expire(&routes->refresh);
}

time_t routes_stale_since(const struct routes *routes)
{
	return routes->refresh.stale_since;
}

/* ---- what is known ---- */

const char *routes_value(const struct routes *routes, enum environment environment,
			 enum node_kind kind)
{
	return routes->environments[environment].values[kind - NODE_ACTIVE];
}

time_t routes_time(const struct routes *routes, enum environment environment)
{
	time_t time = routes->environments[environment].time;

	return time ? time : TREE_UNKNOWN_TIME;
}

const char *routes_serving(const struct routes *routes)
{
	return routes->serving;
}

const char *routes_reason(const struct routes *routes, enum environment environment)
{
	if (!routes->refresh.known || routes_value(routes, environment, NODE_ACTIVE))
		return "";
	return routes->reason[0] ? routes->reason : "no deploy was ever promoted here";
}
