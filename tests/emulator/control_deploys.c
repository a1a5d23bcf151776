/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "answer.h"
#include "control.h"

static const char *text_of(json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

static json_t *find_deploy(json_t *project, const char *id)
{
	json_t *deploy;
	size_t index;

	json_array_foreach(json_object_get(project, "deploys"), index,
			   deploy) if (strcmp(text_of(deploy, "deployId"), id) == 0) return deploy;
	return NULL;
}

static json_t *find_route(json_t *project, const char *environment)
{
	return json_object_get(json_object_get(project, "routes"), environment);
}

static void get_routes(struct call *call)
{
	json_t *project = control_project(call), *items = must(json_array()), *route;
	const char *environment;

	json_object_foreach(json_object_get(project, "routes"), environment, route)
	    json_array_append(items, route);
	answer_json(call, 200,
		    json_pack("{s:o, s:n, s:O}", "items", items, "nextCursor", "attestation",
			      json_object_get(project, "attestation")));
}

static void list_deploys(struct call *call)
{
	json_t *deploys = json_object_get(control_project(call), "deploys"), *items;
	struct control_page page;
	size_t total = json_array_size(deploys);

	if (!control_page(call, &page))
		return;
	items = must(json_array());
	for (size_t i = page.start; i < total && i < page.start + page.limit; i++)
		json_array_append(items, json_array_get(deploys, i));
	control_list(call, &page, items, total);
}

static void get_deploy(struct call *call)
{
	json_t *deploy = find_deploy(control_project(call), call->captures[2]);

	if (deploy)
		answer_json(call, 200, json_incref(deploy));
	else
		control_error(call, 404, NULL, "No such deploy: %s.", call->captures[2]);
}

/* A deploy that no environment's route names any more is retired. */
static void set_status(json_t *project, const char *id, const char *status)
{
	json_t *deploy = find_deploy(project, id), *route;
	const char *environment;

	if (strcmp(status, "retired") == 0)
		json_object_foreach(json_object_get(project, "routes"), environment,
				    route) if (strcmp(text_of(route, "active"), id) == 0) return;
	if (deploy)
		json_object_set_new(deploy, "status", json_string(status));
}

static json_t *make_route(json_t *project, const char *environment, const char *active,
			  const char *previous, const char *reason)
{
	json_t *route =
	    json_pack("{s:s, s:s, s:s?, s:s, s:o}", "environment", environment, "active", active,
		      "previous", previous, "reason", reason, "updatedAt", state_time());

	json_object_set_new(json_object_get(project, "routes"), environment, must(route));
	return route;
}

static void note(struct call *call, const char *action, const char *environment, const char *id)
{
	json_t *history = json_object_get(call->emulator->state.control_plane, "history");

	json_array_append_new(
	    history,
	    must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "action", action, "accountId",
			   call->captures[0], "projectId", call->captures[1], "environment",
			   environment, "deployId", id, "at", state_time())));
	if (json_array_size(history) > CONTROL_HISTORY_MAX)
		json_array_remove(history, 0);
	control_audit(call, action,
		      json_pack("{s:s, s:s}", "environment", environment, "deployId", id));
}

/* Makes a deploy the active one of its environment; one that is already stays as it is. */
static void promote(struct call *call, json_t *project, const char *environment, const char *id)
{
	json_t *route = find_route(project, environment);
	json_t *active = json_object_get(route, "active");

	if (!active || strcmp(json_string_value(active), id) != 0) {
		json_incref(active);
		route = make_route(project, environment, id, json_string_value(active), "promote");
		set_status(project, id, "active");
		if (active)
			set_status(project, json_string_value(active), "retired");
		json_decref(active);
	}
	note(call, "promote", environment, id);
	answer_json(call, 200, json_incref(route));
}

/* The environment that a body names, NULL with the call answered. */
static const char *environment_of(struct call *call, json_t *body)
{
	const char *environment = text_of(body, "environment");

	if (control_is_environment(environment))
		return environment;
	control_error(call, 400, NULL, "environment must be dev, staging or production.");
	return NULL;
}

static void promote_as_asked(struct call *call, json_t *body)
{
	json_t *project = control_project(call);
	const char *id = call->captures[2], *wanted = environment_of(call, body), *attested;
	json_t *deploy = find_deploy(project, id), *attestation;

	if (!wanted)
		return;
	attestation = json_object_get(deploy, "attestation");
	attested = text_of(attestation, "environment");
	if (!deploy)
		control_error(call, 404, NULL, "No such deploy: %s.", id);
	else if (*attested && strcmp(attested, wanted) != 0)
		control_error(call, 409, "environment_mismatch",
			      "Deploy %s is for environment %s, not %s.", id, attested, wanted);
	else if (!*attested || !json_is_true(json_object_get(attestation, "healthy")))
		control_error(call, 409, "not_healthy",
			      "Deploy cannot be promoted until its latest attestation is healthy.");
	else
		promote(call, project, wanted, id);
}

static void post_promote(struct call *call)
{
	json_t *body = control_body(call);

	if (body)
		promote_as_asked(call, body);
	json_decref(body);
}

static void roll_back_as_asked(struct call *call, json_t *body)
{
	json_t *project = control_project(call), *route;
	const char *environment = environment_of(call, body);
	const char *from = text_of(body, "from"), *to = text_of(body, "to");

	if (!environment)
		return;
	if (!*from || !*to) {
		control_error(call, 400, NULL, "from and to must be deploy ids.");
		return;
	}
	route = find_route(project, environment);
	if (strcmp(text_of(route, "active"), from) != 0 ||
	    strcmp(text_of(route, "previous"), to) != 0) {
		control_error(call, 409, "route_changed",
			      "The route of %s does not go from %s back to %s any more.",
			      environment, from, to);
		return;
	}
	route = make_route(project, environment, to, from, "rollback");
	set_status(project, to, "active");
	set_status(project, from, "retired");
	note(call, "rollback", environment, to);
	answer_json(call, 200, json_incref(route));
}

static void post_rollback(struct call *call)
{
	json_t *body = control_body(call);

	if (body)
		roll_back_as_asked(call, body);
	json_decref(body);
}

const struct control_route control_deploy_routes[] = {
    {"GET", "accounts/*/projects/*/routes", CONTROL_LINKED, get_routes},
    {"GET", "accounts/*/projects/*/deploys", CONTROL_PROJECT, list_deploys},
    {"GET", "accounts/*/projects/*/deploys/*", CONTROL_PROJECT, get_deploy},
    {"POST", "accounts/*/projects/*/deploys/*/promote", CONTROL_LINKED, post_promote},
    {"POST", "accounts/*/projects/*/rollback", CONTROL_LINKED, post_rollback},
    {NULL, NULL, CONTROL_TOP, NULL},
};
