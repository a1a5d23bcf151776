/* SPDX-License-Identifier: MIT */
#include "admin.h"

#include <string.h>

#include "answer.h"
#include "control.h"

static void get_requests(struct call *call)
{
	answer_json(call, 200,
		    record_list(&call->emulator->record, call_argument(call, "method"),
				call_argument(call, "path")));
}

static void answer_empty(struct call *call)
{
	answer_json(call, 200, must(json_object()));
}

static void delete_requests(struct call *call)
{
	record_clear(&call->emulator->record);
	answer_empty(call);
}

static void post_record(struct call *call)
{
	json_t *body = json_loadb(call->body, call->length, JSON_REJECT_DUPLICATES, NULL);
	int answers;

	if (json_unpack_ex(body, NULL, JSON_STRICT, "{s:b}", "answers", &answers)) {
		answer_json(call, 400,
			    json_pack("{s:s}", "error", "{\"answers\": true} is wanted"));
	} else {
		call->emulator->record.answers = answers;
		answer_empty(call);
	}
	json_decref(body);
}

static void get_rules(struct call *call)
{
	answer_json(call, 200, json_incref(call->emulator->rules.list));
}

static void post_rule(struct call *call)
{
	json_error_t error;
	json_t *rule = json_loadb(call->body, call->length, JSON_REJECT_DUPLICATES, &error);
	char problem[200];
	unsigned long id = 0;

	if (!rule)
		answer_json(call, 400,
			    json_pack("{s:s, s:i, s:i}", "error", "not JSON", "line", error.line,
				      "column", error.column));
	else
		id = rules_add(&call->emulator->rules, rule, problem, sizeof(problem));
	if (id)
		answer_json(call, 201, json_pack("{s:I}", "id", (json_int_t)id));
	else if (rule)
		answer_json(call, 400, json_pack("{s:s}", "error", problem));
	json_decref(rule);
}

static void delete_rules(struct call *call)
{
	rules_clear(&call->emulator->rules);
	emulator_release(call->emulator);
	answer_empty(call);
}

static json_t *texts(json_t *bindings)
{
	json_t *map = must(json_object()), *binding, *text;
	const char *name;

	json_object_foreach(bindings, name, binding)
	{
		text = json_object_get(binding, "text");
		if (binding_is_secret(binding) && text)
			json_object_set(map, name, text);
	}
	return map;
}

static json_t *keys(json_t *bindings)
{
	json_t *list = must(json_array()), *binding;
	const char *name;

	json_object_foreach(bindings, name, binding) if (binding_is_secret(binding) &&
							 !json_object_get(binding, "text"))
	    json_array_append_new(list, json_string(name));
	return list;
}

static json_t *types(json_t *bindings)
{
	json_t *map = must(json_object()), *binding;
	const char *name;

	json_object_foreach(bindings, name, binding) if (!binding_is_secret(binding))
	    json_object_set(map, name, json_object_get(binding, "type"));
	return map;
}

static json_t *show_script(json_t *script)
{
	json_t *live = version_bindings(script_live(script));

	return must(json_pack("{s:o, s:o, s:o, s:O, s:O, s:b, s:o}", "secrets", texts(live),
			      "secret_keys", keys(live), "bindings", types(live), "versions",
			      json_object_get(script, "version_count"), "deployments",
			      json_object_get(script, "deployment_count"), "undeployed",
			      !script_is_deployed(script), "latest",
			      texts(version_bindings(script_newest(script)))));
}

static json_t *show_namespaces(json_t *namespaces)
{
	json_t *shown = must(json_object()), *namespace;
	const char *id;

	json_object_foreach(namespaces, id, namespace) json_object_set_new(
	    shown, id,
	    must(json_pack("{s:O, s:O}", "title", json_object_get(namespace, "title"), "keys",
			   json_object_get(namespace, "keys"))));
	return shown;
}

static json_t *show_account(json_t *account)
{
	json_t *scripts = must(json_object()), *script;
	const char *name;

	json_object_foreach(json_object_get(account, "scripts"), name, script)
	    json_object_set_new(scripts, name, show_script(script));
	return must(json_pack("{s:O, s:o, s:o}", "name", json_object_get(account, "name"),
			      "scripts", scripts, "kv",
			      show_namespaces(json_object_get(account, "kv"))));
}

static void get_state(struct call *call)
{
	json_t *accounts = must(json_object()), *account;
	const char *id;

	json_object_foreach(call->emulator->state.accounts, id, account)
	    json_object_set_new(accounts, id, show_account(account));
	answer_json(call, 200,
		    json_pack("{s:o, s:o}", "accounts", accounts, "control_plane",
			      control_show(&call->emulator->state)));
}

static const struct {
	const char *method, *path;
	void (*answer)(struct call *call);
} admin_paths[] = {
    {"GET", "/admin/requests", get_requests}, {"DELETE", "/admin/requests", delete_requests},
    {"GET", "/admin/rules", get_rules},	      {"POST", "/admin/rules", post_rule},
    {"DELETE", "/admin/rules", delete_rules}, {"GET", "/admin/state", get_state},
    {"POST", "/admin/record", post_record},   {"POST", "/admin/control-plane", control_admin},
};

bool admin_is(const struct call *call)
{
	return call->segment_count && strcmp(call->segments[0], "admin") == 0;
}

void admin_answer(struct call *call)
{
	for (size_t i = 0; i < sizeof(admin_paths) / sizeof(admin_paths[0]); i++) {
		if (strcmp(admin_paths[i].path, call->path) == 0 &&
		    strcmp(admin_paths[i].method, call->method) == 0) {
			admin_paths[i].answer(call);
			return;
		}
	}
	answer_json(call, 404, json_pack("{s:s}", "error", "no such admin path"));
}
