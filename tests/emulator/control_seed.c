/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "control.h"

struct problem {
	char *text;
	size_t size;
};

static bool fail(const struct problem *problem, const char *where, const char *what)
{
	snprintf(problem->text, problem->size, "control_plane: %s: %s", where, what);
	return false;
}

static bool all_strings(json_t *array)
{
	json_t *item;
	size_t index;

	json_array_foreach(array, index, item) if (!json_is_string(item)) return false;
	return json_is_array(array);
}

static bool all_objects(json_t *array)
{
	json_t *item;
	size_t index;

	json_array_foreach(array, index, item) if (!json_is_object(item)) return false;
	return json_is_array(array);
}

/* The seed's list, or an empty one. A new reference. */
static json_t *or_empty(json_t *list)
{
	return list ? json_incref(list) : must(json_array());
}

static bool load_flags(json_t *app, json_t *seed, const struct problem *problem)
{
	json_t *flags = control_child(app, "flags"), *definition, *updated;
	const char *key;

	json_object_foreach(seed, key, definition)
	{
		json_t *flag = must(json_copy(definition));
		json_int_t version = json_integer_value(json_object_get(flag, "version"));

		json_t *type = json_object_get(flag, "type");

		updated = json_incref(json_object_get(flag, "updatedAt"));
		if (!json_object_get(flag, "state"))
			json_object_set_new(flag, "state", json_string("enabled"));
		json_object_set_new(flags, key, flag);
		if (!json_is_object(definition) || (type && !json_is_string(type)))
			return fail(problem, key, "a flag is an object, its type a text");
		control_complete_flag(flag, key, version ? version - 1 : 0);
		if (updated)
			json_object_set_new(flag, "updatedAt", updated);
	}
	return !seed || json_is_object(seed) || fail(problem, "flags", "an object is wanted");
}

/* Every app of the project has flags in every environment that the seed has, if only none. */
static bool load_apps(json_t *environment, json_t *project, json_t *flags, json_t *seed,
		      const struct problem *problem)
{
	json_t *apps = control_child(environment, "apps"), *list, *app, *of_app = NULL;
	const char *id;
	size_t index;
	json_error_t error;

	if (seed && !json_is_object(seed))
		return fail(problem, "apps", "an object is wanted");
	list = json_object_get(project, "apps");
	json_array_foreach(list, index, app) control_child(apps, json_string_value(app));
	if (flags && !json_array_size(list))
		return fail(problem, "flags", "the project has no apps");
	if (flags && !load_flags(json_object_get(apps, json_string_value(json_array_get(list, 0))),
				 flags, problem))
		return false;
	json_object_foreach(seed, id, app)
	{
		if (!json_object_get(apps, id))
			return fail(problem, id, "the project has no such app");
		if (json_unpack_ex(app, &error, JSON_STRICT, "{s?o}", "flags", &of_app))
			return fail(problem, id, error.text);
		if (!load_flags(json_object_get(apps, id), of_app, problem))
			return false;
	}
	return true;
}

static bool check_generated(json_t *how, const struct problem *problem)
{
	json_int_t count, first, every = 0;
	json_error_t error;

	if (!how)
		return true;
	if (json_unpack_ex(how, &error, JSON_STRICT, "{s:I, s:I, s?I}", "count", &count, "first",
			   &first, "reauth_every", &every))
		return fail(problem, "generate_installs", error.text);
	if (count < 0 || count > 100000000 || first < 0 || every < 0)
		return fail(problem, "generate_installs", "a number is too small or too large");
	return true;
}

static bool load_environment(json_t *project, const char *name, json_t *seed,
			     const struct problem *problem)
{
	json_t *installs = NULL, *how = NULL, *flags = NULL, *apps = NULL, *environment;
	json_error_t error;

	if (!control_is_environment(name))
		return fail(problem, name, "dev, staging or production is wanted");
	if (json_unpack_ex(seed, &error, JSON_STRICT, "{s?o, s?o, s?o, s?o}", "installs", &installs,
			   "generate_installs", &how, "flags", &flags, "apps", &apps))
		return fail(problem, name, error.text);
	if (installs && !all_objects(installs))
		return fail(problem, "installs", "an array of objects is wanted");
	environment = must(
	    json_pack("{s:o, s:O?}", "installs", or_empty(installs), "generate_installs", how));
	json_object_set_new(json_object_get(project, "environments"), name, environment);
	return check_generated(how, problem) &&
	       load_apps(environment, project, flags, apps, problem);
}

static json_t *or_null(json_t *object, const char *member)
{
	json_t *value = json_object_get(object, member);

	return value ? json_incref(value) : json_null();
}

static bool load_route(json_t *project, const char *environment, json_t *seed,
		       const struct problem *problem)
{
	json_t *route;

	if (!control_is_environment(environment))
		return fail(problem, environment, "dev, staging or production is wanted");
	if (!json_is_string(json_object_get(seed, "active")))
		return fail(problem, environment, "a route has an active deploy");
	route = must(json_pack("{s:s, s:o, s:s, s:o}", "environment", environment, "previous",
			       or_null(seed, "previous"), "reason", "promote", "updatedAt",
			       state_time()));
	json_object_update(route, seed);
	json_object_set_new(json_object_get(project, "routes"), environment, route);
	return true;
}

static bool load_deploy(json_t *project, json_t *seed, const struct problem *problem)
{
	json_t *deploy;

	if (!json_is_string(json_object_get(seed, "deployId")))
		return fail(problem, "deploys", "a deploy is an object with a deployId");
	deploy = must(json_pack("{s:s, s:o, s:n}", "status", "recorded", "createdAt", state_time(),
				"attestation"));
	json_object_update(deploy, seed);
	json_array_append_new(json_object_get(project, "deploys"), deploy);
	return true;
}

static bool load_parts(json_t *project, json_t *routes, json_t *deploys, json_t *environments,
		       const struct problem *problem)
{
	const char *name;
	json_t *part;
	size_t index;

	json_object_foreach(routes, name,
			    part) if (!load_route(project, name, part, problem)) return false;
	json_array_foreach(deploys, index,
			   part) if (!load_deploy(project, part, problem)) return false;
	json_object_foreach(environments, name,
			    part) if (!load_environment(project, name, part, problem)) return false;
	return true;
}

static bool load_project(json_t *account, const char *id, json_t *seed,
			 const struct problem *problem)
{
	json_t *workers = NULL, *apps = NULL, *routes = NULL, *deploys = NULL, *attestation = NULL;
	json_t *environments = NULL, *project;
	int linked = 1;
	json_error_t error;

	if (json_unpack_ex(seed, &error, JSON_STRICT, "{s?b, s?o, s?o, s?o, s?o, s?o, s?o}",
			   "linked", &linked, "workers", &workers, "apps", &apps, "routes", &routes,
			   "deploys", &deploys, "attestation", &attestation, "environments",
			   &environments))
		return fail(problem, id, error.text);
	if ((workers && !all_strings(workers)) || (apps && !all_strings(apps)) ||
	    (deploys && !json_is_array(deploys)) || (routes && !json_is_object(routes)) ||
	    (environments && !json_is_object(environments)))
		return fail(problem, id, "workers, apps, deploys, routes or environments is wrong");
	project =
	    must(json_pack("{s:b, s:o, s:o, s:{}, s:[], s:o, s:{}}", "linked", linked, "workers",
			   or_empty(workers), "apps", or_empty(apps), "routes", "deploys",
			   "attestation", or_null(seed, "attestation"), "environments"));
	json_object_set_new(json_object_get(account, "projects"), id, project);
	return load_parts(project, routes, deploys, environments, problem);
}

static bool generate_projects(json_t *account, json_t *how, const struct problem *problem)
{
	const char *prefix;
	json_int_t count;
	json_t *template;
	json_error_t error;
	char id[300];

	if (!how)
		return true;
	if (json_unpack_ex(how, &error, JSON_STRICT, "{s:s, s:I, s:o}", "prefix", &prefix, "count",
			   &count, "template", &template))
		return fail(problem, "generate_projects", error.text);
	for (json_int_t i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "%s%lld", prefix, (long long)i);
		if (!load_project(account, id, template, problem))
			return false;
	}
	return true;
}

static bool load_account(json_t *accounts, const char *id, json_t *seed,
			 const struct problem *problem)
{
	const char *name = NULL, *cloudflare = NULL, *project_id;
	json_t *projects = NULL, *how = NULL, *account, *project;
	json_error_t error;

	if (json_unpack_ex(seed, &error, JSON_STRICT, "{s?s, s?s, s?o, s?o}", "name", &name,
			   "cloudflare_account_id", &cloudflare, "projects", &projects,
			   "generate_projects", &how))
		return fail(problem, id, error.text);
	if (projects && !json_is_object(projects))
		return fail(problem, id, "projects is an object");
	account = must(json_pack("{s:s?, s:[], s:{}}", "cloudflareAccountId", cloudflare, "audit",
				 "projects"));
	json_object_set_new(accounts, id, account);
	if (name)
		json_object_set_new(account, "name", must(json_string(name)));
	json_object_foreach(
	    projects, project_id,
	    project) if (!load_project(account, project_id, project, problem)) return false;
	return generate_projects(account, how, problem);
}

bool control_load(struct state *state, json_t *seed, char *text, size_t size)
{
	const struct problem problem = {text, size};
	json_t *tokens = state->tokens, *readers = NULL, *accounts = NULL, *account;
	json_error_t error;
	const char *id;

	if (seed && json_unpack_ex(seed, &error, JSON_STRICT, "{s?o, s?o, s?o}", "tokens", &tokens,
				   "read_only_tokens", &readers, "accounts", &accounts))
		return fail(&problem, "seed", error.text);
	if (!all_strings(tokens) || (readers && !all_strings(readers)))
		return fail(&problem, "tokens", "an array of strings is wanted");
	if (accounts && !json_is_object(accounts))
		return fail(&problem, "accounts", "an object is wanted");
	state->control_plane =
	    must(json_pack("{s:O, s:o, s:b, s:[], s:{}}", "tokens", tokens, "read_only_tokens",
			   or_empty(readers), "sync", 1, "history", "accounts"));
	json_object_foreach(
	    accounts, id,
	    account) if (!load_account(json_object_get(state->control_plane, "accounts"), id,
				       account, &problem)) return false;
	control_publish_all(state);
	return true;
}
