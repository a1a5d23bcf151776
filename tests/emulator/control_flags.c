/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "answer.h"
#include "control.h"

#define KEY_BYTES_MAX 200

/* The flags that the call's path names. Borrowed. */
static json_t *flags_of(const struct call *call)
{
	json_t *environments = json_object_get(control_project(call), "environments");
	json_t *apps = control_child(control_child(environments, call->captures[2]), "apps");

	return control_child(control_child(apps, call->captures[3]), "flags");
}

static json_int_t version_of(json_t *flag)
{
	return json_integer_value(json_object_get(flag, "version"));
}

static bool is_one_of(json_t *value, const char *const *words)
{
	for (; json_is_string(value) && *words; words++)
		if (strcmp(json_string_value(value), *words) == 0)
			return true;
	return false;
}

static bool is_letter(char letter)
{
	return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

static bool is_key(json_t *key)
{
	const char *text = json_string_value(key);

	return text && is_letter(*text) && strlen(text) <= KEY_BYTES_MAX &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		   strlen(text);
}

/* What is wrong with a flag's definition, or NULL. */
static const char *problem_of(json_t *flag)
{
	static const char *const states[] = {"enabled", "disabled", "archived", NULL};
	static const char *const types[] = {"boolean", "string", "number", "json", NULL};
	json_t *type = json_object_get(flag, "type"), *rules = json_object_get(flag, "rules");
	json_t *variations = json_object_get(flag, "variations");
	json_t *rollout = json_object_get(flag, "rollout");
	json_t *variation = json_object_get(flag, "defaultVariation");
	json_t *version = json_object_get(flag, "version");

	if (!is_one_of(json_object_get(flag, "state"), states))
		return "state must be enabled, disabled or archived.";
	if (type && !is_one_of(type, types))
		return "type must be boolean, string, number or json.";
	if (variations && !json_is_object(variations))
		return "variations must be an object.";
	if (variation && !json_is_string(variation))
		return "defaultVariation must be the name of a variation.";
	if (rules && !json_is_array(rules))
		return "rules must be an array.";
	if (rollout && !json_is_object(rollout))
		return "rollout must be an object.";
	if (version && (!json_is_integer(version) || json_integer_value(version) < 0))
		return "version must be a number.";
	return NULL;
}

static void fill_in(json_t *flag, const char *member, json_t *value)
{
	if (json_object_get(flag, member))
		json_decref(value);
	else
		json_object_set_new(flag, member, must(value));
}

void control_complete_flag(json_t *flag, const char *key, json_int_t before)
{
	json_object_set_new(flag, "key", must(json_string(key)));
	fill_in(flag, "type", json_string("boolean"));
	if (strcmp(json_string_value(json_object_get(flag, "type")), "boolean") == 0) {
		fill_in(flag, "variations", json_pack("{s:b, s:b}", "on", 1, "off", 0));
		fill_in(flag, "defaultVariation", json_string("off"));
	}
	fill_in(flag, "rules", json_array());
	fill_in(flag, "rollout", json_object());
	json_object_set_new(flag, "version", json_integer(before + 1));
	json_object_set_new(flag, "updatedAt", state_time());
}

/* Stores a flag, which is taken, publishes it and answers with it. */
static void store(struct call *call, unsigned status, const char *action, const char *key,
		  json_t *flag, json_int_t before)
{
	control_complete_flag(flag, key, before);
	json_object_set_new(flags_of(call), key, flag);
	control_audit(call, action,
		      json_pack("{s:s, s:s, s:s}", "environment", call->captures[2], "hubSpotAppId",
				call->captures[3], "key", key));
	control_publish(&call->emulator->state, call->captures[0], call->captures[1],
			call->captures[2], call->captures[3]);
	answer_json(call, status, json_incref(flag));
}

static void list_flags(struct call *call)
{
	json_t *flags = flags_of(call), *items, *flag;
	struct control_page page;
	const char *key;
	size_t index = 0;

	if (!control_page(call, &page))
		return;
	items = must(json_array());
	json_object_foreach(flags, key, flag)
	{
		if (index >= page.start && index < page.start + page.limit)
			json_array_append(items, flag);
		index++;
	}
	control_list(call, &page, items, index);
}

static void create_as_asked(struct call *call, json_t *body)
{
	json_t *key = json_object_get(body, "key");
	const char *problem = problem_of(body);

	if (!is_key(key))
		control_error(call, 400, NULL,
			      "key must be a letter, then letters, digits, `.', `_', `-'.");
	else if (problem)
		control_error(call, 400, NULL, "%s", problem);
	else if (json_object_get(flags_of(call), json_string_value(key)))
		control_error(call, 409, "exists", "Flag %s exists.", json_string_value(key));
	else
		store(call, 201, "flag.create", json_string_value(key), must(json_copy(body)), 0);
}

static void create_flag(struct call *call)
{
	json_t *body = control_body(call);

	if (body)
		create_as_asked(call, body);
	json_decref(body);
}

/* The flag that the path names, NULL with the call answered. Borrowed. */
static json_t *flag_of(struct call *call)
{
	json_t *flag = json_object_get(flags_of(call), call->captures[4]);

	if (!flag)
		control_error(call, 404, NULL, "No such flag: %s.", call->captures[4]);
	return flag;
}

static void get_flag(struct call *call)
{
	json_t *flag = flag_of(call);

	if (flag)
		answer_json(call, 200, json_incref(flag));
}

/* Whether a body may change the flag; what is wrong is answered. */
static bool may_change(struct call *call, json_t *flag, json_t *body)
{
	json_t *key = json_object_get(body, "key"), *version = json_object_get(body, "version");
	const char *problem = problem_of(body);

	if (problem)
		control_error(call, 400, NULL, "%s", problem);
	else if (key && !json_equal(key, json_object_get(flag, "key")))
		control_error(call, 400, NULL, "key must be %s, as in the path.",
			      call->captures[4]);
	else if (version && json_integer_value(version) != version_of(flag))
		control_error(call, 409, "version_conflict", "Flag %s has version %lld, not %lld.",
			      call->captures[4], (long long)version_of(flag),
			      (long long)json_integer_value(version));
	else
		return true;
	return false;
}

static void replace_flag(struct call *call)
{
	json_t *flag = flag_of(call), *body;

	if (!flag)
		return;
	body = control_body(call);
	if (body && may_change(call, flag, body))
		store(call, 200, "flag.replace", call->captures[4], must(json_copy(body)),
		      version_of(flag));
	json_decref(body);
}

static void patch_flag(struct call *call)
{
	json_t *flag = flag_of(call), *body, *changed;

	if (!flag)
		return;
	body = control_body(call);
	if (body && may_change(call, flag, body)) {
		changed = must(json_copy(flag));
		json_object_set(changed, "state", json_object_get(body, "state"));
		store(call, 200, "flag.state", call->captures[4], changed, version_of(flag));
	}
	json_decref(body);
}

#define FLAGS "accounts/*/projects/*/environments/*/apps/*/flags"

const struct control_route control_flag_routes[] = {
    {"GET", FLAGS, CONTROL_APP, list_flags},	    {"POST", FLAGS, CONTROL_APP, create_flag},
    {"GET", FLAGS "/*", CONTROL_APP, get_flag},	    {"PUT", FLAGS "/*", CONTROL_APP, replace_flag},
    {"PATCH", FLAGS "/*", CONTROL_APP, patch_flag}, {NULL, NULL, CONTROL_TOP, NULL},
};
