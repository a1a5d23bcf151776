/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "emulator.h"

void state_free(struct state *state)
{
	json_decref(state->tokens);
	json_decref(state->account_tokens);
	json_decref(state->accounts);
	json_decref(state->control_plane);
}

json_t *state_id(struct state *state)
{
	return must(json_sprintf("00000000-0000-4000-8000-%012lx", ++state->last_id));
}

json_t *state_time(void)
{
	struct timespec now;
	struct tm parts;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	return must(json_sprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", parts.tm_year + 1900,
				 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
				 parts.tm_sec, now.tv_nsec / 1000));
}

json_t *state_scripts(const struct state *state, const char *account)
{
	return json_object_get(json_object_get(state->accounts, account), "scripts");
}

json_t *state_script(const struct state *state, const char *account, const char *name)
{
	return json_object_get(state_scripts(state, account), name);
}

json_t *state_add_script(struct state *state, const char *account, const char *name)
{
	json_t *script = json_pack("{s:o, s:o, s:[], s:i, s:[], s:i}", "created_on", state_time(),
				   "modified_on", state_time(), "versions", "version_count", 0,
				   "deployments", "deployment_count", 0);

	json_object_set_new(state_scripts(state, account), name, must(script));
	return script;
}

static json_t *last(json_t *array)
{
	size_t size = json_array_size(array);

	return size ? json_array_get(array, size - 1) : NULL;
}

json_t *script_newest(json_t *script)
{
	return last(json_object_get(script, "versions"));
}

json_t *script_version(json_t *script, const char *id)
{
	json_t *version;
	size_t index;

	json_array_foreach(json_object_get(script, "versions"), index,
			   version) if (strcmp(json_string_value(json_object_get(version, "id")),
					       id) == 0) return version;
	return NULL;
}

json_t *script_live(json_t *script)
{
	json_t *share, *most = NULL;
	size_t index;

	json_array_foreach(
	    json_object_get(last(json_object_get(script, "deployments")), "versions"), index,
	    share) if (!most || json_number_value(json_object_get(share, "percentage")) >
				    json_number_value(json_object_get(most, "percentage"))) most =
	    share;
	return most ? script_version(script, json_string_value(json_object_get(most, "version_id")))
		    : NULL;
}

bool script_is_deployed(json_t *script)
{
	return script_newest(script) == script_live(script);
}

static long count_up(json_t *script, const char *member)
{
	json_int_t count = json_integer_value(json_object_get(script, member)) + 1;

	json_object_set_new(script, member, json_integer(count));
	json_object_set_new(script, "modified_on", state_time());
	return (long)count;
}

/* The live version stays, however old it is. */
static void forget_old(json_t *array, json_t *stays)
{
	while (json_array_size(array) > STATE_HISTORY_MAX)
		json_array_remove(array, json_array_get(array, 0) == stays ? 1 : 0);
}

json_t *script_add_version(struct state *state, json_t *script, json_t *bindings,
			   const char *source, json_t *annotations)
{
	json_t *version =
	    json_pack("{s:o, s:I, s:o, s:s, s:o, s:o}", "id", state_id(state), "number",
		      (json_int_t)count_up(script, "version_count"), "created_on", state_time(),
		      "source", source, "annotations",
		      annotations ? json_incref(annotations) : json_object(), "bindings", bindings);

	json_array_append_new(json_object_get(script, "versions"), must(version));
	forget_old(json_object_get(script, "versions"), script_live(script));
	return version;
}

json_t *script_add_deployment(struct state *state, json_t *script, json_t *versions,
			      json_t *annotations)
{
	json_t *deployment =
	    json_pack("{s:o, s:o, s:o, s:o}", "id", state_id(state), "created_on", state_time(),
		      "annotations", annotations ? json_incref(annotations) : json_object(),
		      "versions", versions);

	count_up(script, "deployment_count");
	json_array_append_new(json_object_get(script, "deployments"), must(deployment));
	forget_old(json_object_get(script, "deployments"), NULL);
	return deployment;
}

json_t *script_deploy(struct state *state, json_t *script, json_t *version)
{
	json_t *versions = json_pack("[{s:O, s:i}]", "version_id", json_object_get(version, "id"),
				     "percentage", 100);

	return script_add_deployment(state, script, must(versions), NULL);
}

json_t *version_bindings(json_t *version)
{
	return json_object_get(version, "bindings");
}

bool binding_is_secret(json_t *binding)
{
	const char *type = json_string_value(json_object_get(binding, "type"));

	return type && (strcmp(type, "secret_text") == 0 || strcmp(type, "secret_key") == 0);
}

static json_t *namespaces_of(const struct state *state, const char *account)
{
	return json_object_get(json_object_get(state->accounts, account), "kv");
}

json_t *state_kv_add(struct state *state, const char *account, const char *title)
{
	json_t *namespace = must(json_pack("{s:s, s:{}}", "title", title, "keys"));
	char id[33];

	snprintf(id, sizeof(id), "%032lx", ++state->last_id);
	json_object_set_new(namespaces_of(state, account), id, namespace);
	return namespace;
}

json_t *state_kv_titled(const struct state *state, const char *account, const char *title)
{
	json_t *namespace;
	const char *id;

	json_object_foreach(
	    namespaces_of(state, account), id,
	    namespace) if (strcmp(json_string_value(json_object_get(namespace, "title")), title) ==
			   0) return namespace;
	return NULL;
}

json_t *state_kv(const struct state *state, const char *account, const char *id)
{
	return json_object_get(namespaces_of(state, account), id);
}

void state_kv_store(struct state *state, const char *cloudflare_account, const char *title,
		    const char *key, const char *value)
{
	json_t *namespace = state_kv_titled(state, cloudflare_account, title);

	if (!namespaces_of(state, cloudflare_account))
		return;
	if (!namespace)
	namespace = state_kv_add(state, cloudflare_account, title);
	json_object_set_new(json_object_get(namespace, "keys"), key,
			    must(json_pack("{s:s}", "value", value)));
}

bool state_spend(struct state *state)
{
	if (now_ms() >= state->rate_reset) {
		state->rate_reset = now_ms() + state->rate_window * 1000;
		state->rate_left = state->rate_quota;
	}
	if (state->rate_enforced && state->rate_left <= 0)
		return false;
	if (state->rate_left > (state->rate_enforced ? 0 : 1))
		state->rate_left--;
	return true;
}

long state_rate_seconds(const struct state *state)
{
	long seconds = (long)((state->rate_reset - now_ms() + 999) / 1000);

	return seconds > 1 ? seconds : 1;
}
