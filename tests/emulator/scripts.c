/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "answer.h"
#include "routes.h"

static json_t *script_summary(const char *name, json_t *script)
{
	return must(json_pack("{s:s, s:O, s:O, s:O, s:s, s:[s], s:b}", "id", name, "etag",
			      json_object_get(script_newest(script), "id"), "created_on",
			      json_object_get(script, "created_on"), "modified_on",
			      json_object_get(script, "modified_on"), "usage_model", "standard",
			      "handlers", "fetch", "logpush", 0));
}

static void list_scripts(struct call *call)
{
	json_t *list = must(json_array()), *script;
	const char *name;

	json_object_foreach(state_scripts(&call->emulator->state, call->captures[0]), name, script)
	    json_array_append_new(list, script_summary(name, script));
	answer_page(call, list, 0);
}

static const char *find(const char *start, const char *end, const char *text)
{
	return start ? memmem(start, (size_t)(end - start), text, strlen(text)) : NULL;
}

/*
 * The metadata part of a multipart body (RFC 7578), NULL if there is none. The metadata is JSON,
 * and JSON text cannot hold the line break that its delimiter begins with.
 */
static json_t *find_metadata(const struct call *call)
{
	const char *end = call->body + call->length;
	const char *part = find(call->body, end, "name=\"metadata\"");
	const char *start = find(part, end, "\r\n\r\n");
	const char *stop = find(start ? start + 4 : NULL, end, "\r\n--");

	return stop ? json_loadb(start + 4, (size_t)(stop - start - 4), 0, NULL) : NULL;
}

static bool is_kept(json_t *binding, json_t *types)
{
	json_t *type;
	size_t index;

	json_array_foreach(
	    types, index, type) if (json_equal(type, json_object_get(binding, "type"))) return true;
	return false;
}

static void keep_bindings(json_t *bindings, json_t *present, json_t *types)
{
	const char *name;
	json_t *binding;

	json_object_foreach(present, name, binding) if (is_kept(binding, types))
	    json_object_set(bindings, name, binding);
}

static void add_uploaded(json_t *bindings, json_t *list)
{
	json_t *item;
	size_t index;

	json_array_foreach(list, index, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));
		json_t *binding = name ? json_copy(item) : NULL;

		if (!binding)
			continue;
		json_object_del(binding, "name");
		json_object_set_new(bindings, name, binding);
	}
}

static void upload(struct call *call, json_t *metadata)
{
	struct state *state = &call->emulator->state;
	const char *account = call->captures[0], *name = call->captures[1];
	json_t *script = state_script(state, account, name), *bindings = must(json_object());

	if (!script)
		script = state_add_script(state, account, name);
	keep_bindings(bindings, version_bindings(script_newest(script)),
		      json_object_get(metadata, "keep_bindings"));
	add_uploaded(bindings, json_object_get(metadata, "bindings"));
	script_deploy(state, script, script_add_version(state, script, bindings, "wrangler", NULL));
	answer_result(call, 200, script_summary(name, script), NULL);
}

static void put_script(struct call *call)
{
	json_t *metadata;

	if (!call_has_type(call, "multipart/form-data")) {
		answer_error(call, 415, 10001, "The content type must be multipart/form-data");
		return;
	}
	metadata = find_metadata(call);
	if (json_is_object(metadata))
		upload(call, metadata);
	else
		answer_error(call, 400, 10026, "The upload has no part \"metadata\"");
	json_decref(metadata);
}

static void delete_script(struct call *call)
{
	if (!routes_script(call))
		return;
	json_object_del(state_scripts(&call->emulator->state, call->captures[0]),
			call->captures[1]);
	answer_result(call, 200, json_null(), NULL);
}

const struct route script_routes[] = {
    {"GET", "accounts/*/workers/scripts", list_scripts},
    {"PUT", "accounts/*/workers/scripts/*", put_script},
    {"DELETE", "accounts/*/workers/scripts/*", delete_script},
    {NULL, NULL, NULL},
};
