/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "answer.h"
#include "routes.h"

/* A secret as the API shows it: never its value. */
static json_t *summary(const char *name, json_t *binding)
{
	json_t *shown = must(json_copy(binding));

	json_object_del(shown, "text");
	json_object_del(shown, "key_base64");
	json_object_del(shown, "key_jwk");
	json_object_set_new(shown, "name", must(json_string(name)));
	return shown;
}

static json_t *find_secret(json_t *bindings, const char *name)
{
	json_t *binding = json_object_get(bindings, name);

	return binding_is_secret(binding) ? binding : NULL;
}

static void answer_no_secret(struct call *call)
{
	answer_error(call, 404, 10056, "Secret binding %s was not found on the Worker",
		     call->captures[2]);
}

static void list_secrets(struct call *call)
{
	json_t *script = routes_script(call), *list, *binding;
	const char *name;

	if (!script)
		return;
	list = must(json_array());
	json_object_foreach(version_bindings(script_live(script)), name,
			    binding) if (binding_is_secret(binding))
	    json_array_append_new(list, summary(name, binding));
	answer_page(call, list, 0);
}

static void get_secret(struct call *call)
{
	json_t *script = routes_script(call), *secret;

	if (!script)
		return;
	secret = find_secret(version_bindings(script_live(script)), call->captures[2]);
	if (secret)
		answer_result(call, 200, summary(call->captures[2], secret), NULL);
	else
		answer_no_secret(call);
}

/* False, with the call answered, where the newest version is not the deployed one. */
static bool may_change(struct call *call, json_t *script, int code)
{
	if (script_is_deployed(script))
		return true;
	answer_error(call, 400, code,
		     "Secret edit failed. You attempted to modify a secret, but the latest version "
		     "of your Worker isn't currently deployed.");
	return false;
}

static bool is_variable(json_t *binding)
{
	const char *type = json_string_value(json_object_get(binding, "type"));

	return binding_is_secret(binding) || (type && strcmp(type, "plain_text") == 0);
}

static size_t count_variables(json_t *bindings)
{
	size_t count = 0;
	const char *name;
	json_t *binding;

	json_object_foreach(bindings, name, binding) if (is_variable(binding)) count++;
	return count;
}

static bool well_formed(struct call *call, const char *name, json_t *secret)
{
	const char *type = json_string_value(json_object_get(secret, "type"));
	bool is_text = type && strcmp(type, "secret_text") == 0;

	if (name && *name &&
	    ((is_text && json_is_string(json_object_get(secret, "text"))) ||
	     (type && strcmp(type, "secret_key") == 0 && json_object_get(secret, "format"))))
		return true;
	answer_error(call, 400, 10004,
		     "A secret needs a name, type secret_text and a text, or be a secret_key");
	return false;
}

static bool within_limits(struct call *call, const char *name, json_t *secret)
{
	const struct state *state = &call->emulator->state;
	json_t *text = json_object_get(secret, "text");

	if (strlen(name) > state->name_bytes) {
		answer_error(call, 400, 10100, "The binding name is longer than %zu bytes",
			     state->name_bytes);
		return false;
	}
	if (json_string_length(text) > state->value_bytes) {
		answer_error(call, 400, 10054,
			     "The text of secret %s is too large: the limit is %zu bytes", name,
			     state->value_bytes);
		return false;
	}
	return true;
}

/* Puts a secret into the bindings; false with the call answered. */
static bool set_secret(struct call *call, json_t *bindings, const char *name, json_t *secret)
{
	json_t *present = json_object_get(bindings, name), *binding;
	size_t variables = call->emulator->state.variables;

	if (!well_formed(call, name, secret) || !within_limits(call, name, secret))
		return false;
	binding = must(json_copy(secret));
	json_object_del(binding, "name");
	if (present &&
	    !json_equal(json_object_get(present, "type"), json_object_get(secret, "type"))) {
		json_decref(binding);
		answer_error(call, 400, 10053, "Binding name '%s' already in use.", name);
		return false;
	}
	json_object_set_new(bindings, name, binding);
	if (present || count_variables(bindings) <= variables)
		return true;
	answer_error(call, 400, 10055, "A Worker can have at most %zu variables and secrets",
		     variables);
	return false;
}

/* Makes the bindings, which are taken, the deployed version. */
static void commit(struct call *call, json_t *script, json_t *bindings)
{
	struct state *state = &call->emulator->state;
	json_t *annotations = json_pack("{s:s}", "workers/triggered_by", "secret");
	json_t *version = script_add_version(state, script, bindings, "api", must(annotations));

	json_decref(annotations);
	script_deploy(state, script, version);
}

static void put_secret(struct call *call)
{
	json_t *script = routes_script(call), *body, *bindings;
	const char *name;

	if (!script)
		return;
	body = routes_body(call, "application/json", NULL);
	if (!body)
		return;
	name = json_string_value(json_object_get(body, "name"));
	bindings = must(json_copy(version_bindings(script_newest(script))));
	if (may_change(call, script, 10215) && set_secret(call, bindings, name, body)) {
		commit(call, script, json_incref(bindings));
		answer_result(call, call->emulator->state.put_status, summary(name, body), NULL);
	}
	json_decref(bindings);
	json_decref(body);
}

static void delete_secret(struct call *call)
{
	json_t *script = routes_script(call), *bindings;

	if (!script)
		return;
	if (!find_secret(version_bindings(script_newest(script)), call->captures[2])) {
		answer_no_secret(call);
		return;
	}
	if (!may_change(call, script, 10215))
		return;
	bindings = must(json_copy(version_bindings(script_newest(script))));
	json_object_del(bindings, call->captures[2]);
	commit(call, script, bindings);
	answer_result(call, 200, json_null(), NULL);
}

/* A merge patch (RFC 7396): null removes, what is not named stays. */
static bool patch_secrets(struct call *call, json_t *bindings, json_t *patch)
{
	const char *name;
	json_t *secret;

	json_object_foreach(patch, name, secret)
	{
		if (!json_is_null(secret))
			continue;
		if (find_secret(bindings, name))
			json_object_del(bindings, name);
	}
	json_object_foreach(patch, name,
			    secret) if (!json_is_null(secret) &&
					!set_secret(call, bindings, name, secret)) return false;
	return true;
}

static json_t *summaries(json_t *bindings)
{
	json_t *map = must(json_object()), *binding;
	const char *name;

	json_object_foreach(bindings, name, binding) if (binding_is_secret(binding))
	    json_object_set_new(map, name, summary(name, binding));
	return map;
}

static void patch_bulk(struct call *call)
{
	json_t *script = routes_script(call), *body, *patch, *bindings;

	if (!script)
		return;
	body = routes_body(call, "application/merge-patch+json", "application/json");
	if (!body)
		return;
	patch = json_object_get(body, "secrets");
	bindings = must(json_copy(version_bindings(script_newest(script))));
	if (!json_is_object(patch)) {
		answer_error(call, 400, 10026, "The body has no object \"secrets\"");
	} else if (may_change(call, script, 10214) && patch_secrets(call, bindings, patch)) {
		commit(call, script, json_incref(bindings));
		answer_result(call, 200, summaries(bindings), NULL);
	}
	json_decref(bindings);
	json_decref(body);
}

const struct route secret_routes[] = {
    {"GET", "accounts/*/workers/scripts/*/secrets", list_secrets},
    {"PUT", "accounts/*/workers/scripts/*/secrets", put_secret},
    {"GET", "accounts/*/workers/scripts/*/secrets/*", get_secret},
    {"DELETE", "accounts/*/workers/scripts/*/secrets/*", delete_secret},
    {"PATCH", "accounts/*/workers/scripts/*/secrets-bulk", patch_bulk},
    {NULL, NULL, NULL},
};
