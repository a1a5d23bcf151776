/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "answer.h"
#include "routes.h"

#define AUTHOR "user@example.com"

static json_t *binding_list(json_t *bindings)
{
	json_t *list = must(json_array()), *binding;
	const char *name;

	json_object_foreach(bindings, name, binding)
	{
		json_t *shown = must(json_copy(binding));

		if (binding_is_secret(binding))
			json_object_del(shown, "text");
		json_object_del(shown, "key_base64");
		json_object_del(shown, "key_jwk");
		json_object_set_new(shown, "name", must(json_string(name)));
		json_array_append_new(list, shown);
	}
	return list;
}

static json_t *version_summary(json_t *version)
{
	return must(json_pack("{s:O, s:O, s:{s:O, s:O, s:s, s:O}, s:O}", "id",
			      json_object_get(version, "id"), "number",
			      json_object_get(version, "number"), "metadata", "created_on",
			      json_object_get(version, "created_on"), "modified_on",
			      json_object_get(version, "created_on"), "author_email", AUTHOR,
			      "source", json_object_get(version, "source"), "annotations",
			      json_object_get(version, "annotations")));
}

static void list_versions(struct call *call)
{
	json_t *script = routes_script(call), *versions, *list;

	if (!script)
		return;
	versions = json_object_get(script, "versions");
	list = must(json_array());
	for (size_t i = json_array_size(versions); i-- > 0;)
		json_array_append_new(list, version_summary(json_array_get(versions, i)));
	answer_page_in(call, "items", list, 10);
}

static void get_version(struct call *call)
{
	json_t *script = routes_script(call), *version, *shown;

	if (!script)
		return;
	version = script_version(script, call->captures[2]);
	if (!version) {
		answer_error(call, 404, 10222, "The Worker has no such version");
		return;
	}
	shown = version_summary(version);
	json_object_set_new(shown, "resources",
			    json_pack("{s:o, s:{s:O, s:[s]}, s:{s:s, s:s}}", "bindings",
				      binding_list(version_bindings(version)), "script", "etag",
				      json_object_get(version, "id"), "handlers", "fetch",
				      "script_runtime", "compatibility_date", "2026-01-01",
				      "usage_model", "standard"));
	answer_result(call, 200, shown, NULL);
}

static json_t *deployment_summary(json_t *deployment)
{
	return must(json_pack("{s:O, s:s, s:s, s:s, s:O, s:O, s:O}", "id",
			      json_object_get(deployment, "id"), "source", "api", "strategy",
			      "percentage", "author_email", AUTHOR, "created_on",
			      json_object_get(deployment, "created_on"), "annotations",
			      json_object_get(deployment, "annotations"), "versions",
			      json_object_get(deployment, "versions")));
}

static void list_deployments(struct call *call)
{
	json_t *script = routes_script(call), *deployments, *list;

	if (!script)
		return;
	deployments = json_object_get(script, "deployments");
	list = must(json_array());
	for (size_t i = json_array_size(deployments); i-- > 0;)
		json_array_append_new(list, deployment_summary(json_array_get(deployments, i)));
	answer_result(call, 200, json_pack("{s:o}", "deployments", list), NULL);
}

/* Whether the shares name versions of the script and make up 100 %. */
static bool shares_fit(json_t *script, json_t *shares)
{
	double sum = 0;
	json_t *share;
	size_t index;

	json_array_foreach(shares, index, share)
	{
		const char *id = json_string_value(json_object_get(share, "version_id"));

		if (!id || !script_version(script, id))
			return false;
		sum += json_number_value(json_object_get(share, "percentage"));
	}
	return sum > 99.99 && sum < 100.01;
}

static json_t *secrets_of(json_t *version)
{
	json_t *secrets = must(json_object()), *binding;
	const char *name;

	json_object_foreach(version_bindings(version), name,
			    binding) if (binding_is_secret(binding))
	    json_object_set(secrets, name, binding);
	return secrets;
}

/* Whether this would bring back an older version whose secrets are not those of today. */
static bool rolls_secrets_back(json_t *script, json_t *shares)
{
	json_t *live = script_live(script), *today = secrets_of(live), *share;
	bool changed = false;
	size_t index;

	json_array_foreach(shares, index, share)
	{
		json_t *version =
		    script_version(script, json_string_value(json_object_get(share, "version_id")));
		json_t *then = secrets_of(version);

		if (live && !json_equal(today, then) &&
		    json_integer_value(json_object_get(version, "number")) <
			json_integer_value(json_object_get(live, "number")))
			changed = true;
		json_decref(then);
	}
	json_decref(today);
	return changed;
}

static bool is_true(const struct call *call, const char *argument)
{
	const char *text = call_argument(call, argument);

	return text && strcmp(text, "true") == 0;
}

static void deploy(struct call *call)
{
	json_t *script = routes_script(call), *body, *shares, *deployment;

	if (!script)
		return;
	body = routes_body(call, "application/json", NULL);
	if (!body)
		return;
	shares = json_object_get(body, "versions");
	if (!shares_fit(script, shares)) {
		answer_error(call, 400, 10004, "The versions are unknown or do not add up to 100");
	} else if (rolls_secrets_back(script, shares) && !is_true(call, "force")) {
		answer_error(call, 400, 10220,
			     "Secrets have changed since that version; repeat with force=true");
	} else {
		deployment =
		    script_add_deployment(&call->emulator->state, script, json_incref(shares),
					  json_object_get(body, "annotations"));
		answer_result(call, 200, deployment_summary(deployment), NULL);
	}
	json_decref(body);
}

static void get_settings(struct call *call)
{
	json_t *script = routes_script(call);

	if (!script)
		return;
	answer_result(call, 200,
		      json_pack("{s:o, s:s, s:[], s:s, s:b, s:[]}", "bindings",
				binding_list(version_bindings(script_newest(script))),
				"compatibility_date", "2026-01-01", "compatibility_flags",
				"usage_model", "standard", "logpush", 0, "tags"),
		      NULL);
}

/* A merge patch of the newest version's bindings; each change is {type, text} or null. */
static bool patch_bindings(struct call *call, json_t *bindings, json_t *patch)
{
	const char *name;
	json_t *change;

	json_object_foreach(patch, name, change)
	{
		if (json_is_null(change)) {
			json_object_del(bindings, name);
		} else if (json_is_string(json_object_get(change, "type"))) {
			json_object_set(bindings, name, change);
		} else {
			answer_error(call, 400, 10004, "%s has no type", name);
			return false;
		}
	}
	return true;
}

static void add_patched(struct call *call, json_t *script, json_t *bindings, json_t *annotations)
{
	struct state *state = &call->emulator->state;
	json_t *version = script_add_version(state, script, bindings, "wrangler", annotations);

	if (is_true(call, "deploy"))
		script_deploy(state, script, version);
	answer_result(call, 200, version_summary(version), NULL);
}

static void patch_latest(struct call *call)
{
	json_t *script = routes_script(call), *body, *bindings;

	if (!script)
		return;
	body = routes_body(call, "application/merge-patch+json", "application/json");
	if (!body)
		return;
	bindings = must(json_copy(version_bindings(script_newest(script))));
	if (patch_bindings(call, bindings, json_object_get(body, "env")))
		add_patched(call, script, json_incref(bindings),
			    json_object_get(body, "annotations"));
	json_decref(bindings);
	json_decref(body);
}

const struct route version_routes[] = {
    {"GET", "accounts/*/workers/scripts/*/settings", get_settings},
    {"GET", "accounts/*/workers/scripts/*/versions", list_versions},
    {"GET", "accounts/*/workers/scripts/*/versions/*", get_version},
    {"GET", "accounts/*/workers/scripts/*/deployments", list_deployments},
    {"POST", "accounts/*/workers/scripts/*/deployments", deploy},
    {"PATCH", "accounts/*/workers/workers/*/versions/latest", patch_latest},
    {NULL, NULL, NULL},
};
