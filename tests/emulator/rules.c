/* SPDX-License-Identifier: MIT */
#include "rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "control.h"

static const struct {
	const char *name;
	const char *types; /* i integer, s string, b truth, o object, * any */
} members[] = {
    {"method", "s"},  {"path", "s"},	   {"contains", "s"},	     {"skip", "i"}, {"times", "i"},
    {"status", "i"},  {"code", "i"},	   {"message", "s"},	     {"body", "*"}, {"raw", "s"},
    {"headers", "o"}, {"delay_ms", "i"},   {"answer_delay_ms", "i"}, {"hang", "b"}, {"close", "b"},
    {"apply", "b"},   {"echo_value", "b"}, {"error", "s"},
};

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

void rules_init(struct rules *rules)
{
	rules->last = 0;
	rules->list = must(json_array());
}

void rules_free(struct rules *rules)
{
	json_decref(rules->list);
}

static bool has_type(json_t *value, char type)
{
	switch (type) {
	case 'i':
		return json_is_integer(value);
	case 's':
		return json_is_string(value);
	case 'b':
		return json_is_boolean(value);
	case 'o':
		return json_is_object(value);
	default:
		return true;
	}
}

static bool member_fits(const char *name, json_t *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (strcmp(members[i].name, name) == 0)
			return has_type(value, *members[i].types);
	return false;
}

static bool all_strings(json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) if (!json_is_string(value)) return false;
	return true;
}

static bool status_fits(json_t *rule)
{
	long status = rule_number(rule, "status");

	return !json_object_get(rule, "status") || (status >= 200 && status <= 599);
}

static bool valid(json_t *rule, char *problem, size_t size)
{
	const char *name;
	json_t *value;

	if (!json_is_object(rule)) {
		snprintf(problem, size, "a rule is an object");
		return false;
	}
	json_object_foreach(rule, name, value)
	{
		if (member_fits(name, value))
			continue;
		snprintf(problem, size, "unknown member or wrong type: %s",
			 strlen(name) < size / 2 ? name : "(long)");
		return false;
	}
	if (!all_strings(json_object_get(rule, "headers")) || !status_fits(rule)) {
		snprintf(problem, size, "headers are strings, status is 200 to 599");
		return false;
	}
	return true;
}

unsigned long rules_add(struct rules *rules, json_t *rule, char *problem, size_t size)
{
	json_t *copy;

	if (!valid(rule, problem, size))
		return 0;
	if (json_array_size(rules->list) >= RULES_MAX) {
		snprintf(problem, size, "there are %d rules already", RULES_MAX);
		return 0;
	}
	copy = must(json_copy(rule));
	json_object_set_new(copy, "id", json_integer((json_int_t)++rules->last));
	json_object_set_new(copy, "matched", json_integer(0));
	json_object_set_new(copy, "used", json_integer(0));
	json_array_append_new(rules->list, copy);
	return rules->last;
}

long rule_number(json_t *rule, const char *member)
{
	return (long)json_integer_value(json_object_get(rule, member));
}

bool rule_true(json_t *rule, const char *member)
{
	return json_is_true(json_object_get(rule, member));
}

static void count(json_t *rule, const char *member)
{
	json_object_set_new(rule, member, json_integer(rule_number(rule, member) + 1));
}

static bool pattern_fits(json_t *rule, const char *member, const char *text)
{
	const char *pattern = json_string_value(json_object_get(rule, member));

	return !pattern || fnmatch(pattern, text, 0) == 0;
}

static bool body_fits(json_t *rule, const struct call *call)
{
	json_t *text = json_object_get(rule, "contains");

	return !text ||
	       memmem(call->body, call->length, json_string_value(text), json_string_length(text));
}

static bool acts(json_t *rule, const struct call *call)
{
	long times = json_object_get(rule, "times") ? rule_number(rule, "times") : 1;

	if (!pattern_fits(rule, "method", call->method) ||
	    !pattern_fits(rule, "path", call->path) || !body_fits(rule, call))
		return false;
	count(rule, "matched");
	if (rule_number(rule, "matched") <= rule_number(rule, "skip"))
		return false;
	if (times >= 0 && rule_number(rule, "used") >= times)
		return false;
	count(rule, "used");
	return true;
}

json_t *rules_take(struct rules *rules, const struct call *call)
{
	json_t *rule;
	size_t index;

	json_array_foreach(rules->list, index, rule) if (acts(rule, call)) return json_incref(rule);
	return NULL;
}

void rules_clear(struct rules *rules)
{
	json_array_clear(rules->list);
}

static bool answers(json_t *rule)
{
	return json_object_get(rule, "status") || json_object_get(rule, "code") ||
	       json_object_get(rule, "error") || json_object_get(rule, "body") ||
	       json_object_get(rule, "raw");
}

bool rule_applies(json_t *rule)
{
	json_t *apply = json_object_get(rule, "apply");

	if (apply)
		return json_is_true(apply);
	return !answers(rule) && !rule_true(rule, "hang") && !rule_true(rule, "close");
}

static int usual_code(unsigned status)
{
	return status >= 500 ? 10013 : status == 429 ? 971 : status == 409 ? 10035 : 10000;
}

/* The text of a single secret, or the first text of several. */
static json_t *find_value(json_t *json)
{
	json_t *text = json_object_get(json, "text"), *member;
	const char *name;

	if (json_is_string(text))
		return text;
	json_object_foreach(json, name, member)
	{
		text = find_value(member);
		if (text)
			return text;
	}
	return NULL;
}

static void answer_code(json_t *rule, struct call *call, unsigned status)
{
	const char *error = json_string_value(json_object_get(rule, "error"));
	json_t *code = json_object_get(rule, "code"), *text = json_object_get(rule, "message");
	json_t *body = json_loadb(call->body, call->length, 0, NULL);
	json_t *value = rule_true(rule, "echo_value") ? find_value(body) : NULL;

	if (control_is(call))
		control_error(call, status, error, "%s",
			      text ? json_string_value(text) : "refused by a rule");
	else
		answer_error(call, status,
			     code ? (int)json_integer_value(code) : usual_code(status), "%s%s%s",
			     text ? json_string_value(text) : "refused by a rule",
			     value ? ": " : "", value ? json_string_value(value) : "");
	json_decref(body);
}

static void set_answer(json_t *rule, struct call *call)
{
	json_t *body = json_object_get(rule, "body"), *raw = json_object_get(rule, "raw");
	unsigned status = (unsigned)rule_number(rule, "status");

	if (!status && json_object_get(rule, "error"))
		status = 409;
	else if (!status)
		status = json_object_get(rule, "code") ? 400 : 200;
	if (raw)
		answer_text(call, status, json_string_value(raw));
	else if (body)
		answer_json(call, status, json_incref(body));
	else if (json_object_get(rule, "code") || json_object_get(rule, "error") || status >= 400)
		answer_code(rule, call, status);
	else if (control_is(call))
		answer_json(call, status, json_object());
	else
		answer_result(call, status, json_null(), NULL);
}

void rule_answer(json_t *rule, struct call *call)
{
	const char *name;
	json_t *value;

	if (answers(rule) || !call->answer.status)
		set_answer(rule, call);
	json_object_foreach(json_object_get(rule, "headers"), name, value)
	    answer_header(call, name, json_string_value(value));
}
