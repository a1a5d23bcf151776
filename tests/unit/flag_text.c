/* SPDX-License-Identifier: MIT */
#include "../../backends/flag_text.h"
#include "unit.h"
#include <stdlib.h>

static struct flag_set *set_of(const char *kv_key, const char *text)
{
	struct flag_set *set = calloc(1, sizeof(*set));

	if (!set || !flag_set_add(set, kv_key, text, strlen(text)) || !flag_set_sort(set))
		abort();
	return set;
}

static const char *shown(const struct flag_set *set, const char *key)
{
	const struct flag *flag = flag_set_find(set, key);

	return flag ? flag->text : NULL;
}

static json_t *json_of(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	if (!json)
		abort();
	return json;
}

/* ---- layouts ---- */

static void check_two(const char *kv_key, const char *text)
{
	struct flag_set *set = set_of(kv_key, text);
	const struct flag *flag = flag_set_find(set, "b");

	CHECK(set->count == 2 && set->repeated == 0);
	CHECK_TEXT(shown(set, "a"), "{\n  \"key\": \"a\",\n  \"state\": \"disabled\"\n}\n");
	CHECK_TEXT(shown(set, "b"), "{\n  \"key\": \"b\",\n  \"state\": \"enabled\"\n}\n");
	CHECK(!flag_set_find(set, "c"));
	if (flag) {
		CHECK(flag->version == 3 && flag->updated == 1781186531);
		CHECK(flag->length == strlen(flag->text));
		CHECK_TEXT(flag->state, "enabled");
		CHECK_TEXT(flag->source, kv_key);
	}
	flag_set_free(set);
}

#define B_MEMBERS "\"state\":\"enabled\",\"version\":3,\"updatedAt\":\"2026-06-11T14:02:11.000Z\""

static void test_layouts(void)
{
	check_two("snapshot", "{\"flags\":[{\"key\":\"b\"," B_MEMBERS
			      "},{\"key\":\"a\",\"state\":\"disabled\"}],\"updatedAt\":\"x\"}");
	check_two("snapshot", "{\"flags\":{\"b\":{" B_MEMBERS
			      "},\"a\":{\"key\":\"a\",\"state\":\"disabled\"}}}");
	check_two("snapshot",
		  " {\"b\":{\"key\":\"b\"," B_MEMBERS "},\"a\":{\"state\":\"disabled\"}}\n");
}

static void test_one_flag(void)
{
	struct flag_set *set = set_of("one", "{\"state\":\"archived\"}");

	CHECK(set->count == 1);
	CHECK_TEXT(shown(set, "one"), "{\n  \"key\": \"one\",\n  \"state\": \"archived\"\n}\n");
	CHECK(flag_set_add(set, "two", "{\"key\":\"x\",\"rules\":[]}", 22));
	CHECK(flag_set_add(set, "three", "", 0));
	CHECK(flag_set_add(set, "four", " \n", 2));
	CHECK(flag_set_add(set, "five", "{}", 2));
	CHECK(flag_set_sort(set));
	CHECK(set->count == 2);
	CHECK_TEXT(shown(set, "x"), "{\n  \"key\": \"x\",\n  \"rules\": []\n}\n");
	flag_set_free(set);
}

static void check_raw(const char *text, const char *expected)
{
	struct flag_set *set = set_of("k", text);

	CHECK(set->count == 1);
	CHECK_TEXT(shown(set, "k"), expected);
	if (set->count == 1) {
		CHECK(!set->items[0].definition);
		CHECK_TEXT(set->items[0].state, "unknown");
		CHECK_TEXT(set->items[0].source, "k");
	}
	flag_set_free(set);
}

static void test_raw(void)
{
	check_raw("hello", "hello");
	check_raw("true", "true\n");
	check_raw("[1,2]", "[\n  1,\n  2\n]\n");
	check_raw("{\"b\":1,\"a\":{}}", "{\n  \"a\": {},\n  \"b\": 1\n}\n");
	check_raw("{\"flags\":{\"a\":true}}", "{\n  \"flags\": {\n    \"a\": true\n  }\n}\n");
	check_raw("{\"flags\":[{\"key\":\"a\"},{\"state\":\"enabled\"}]}",
		  "{\n  \"flags\": [\n    {\n      \"key\": \"a\"\n    },\n    {\n"
		  "      \"state\": \"enabled\"\n    }\n  ]\n}\n");
	check_raw("{\"flags\":[{\"key\":\"a\\u0000b\"}]}",
		  "{\n  \"flags\": [\n    {\n      \"key\": \"a\\u0000b\"\n    }\n  ]\n}\n");
	check_raw("{\"key\":\"a\",\"n\":18446744073709551616}",
		  "{\"key\":\"a\",\"n\":18446744073709551616}");
	check_raw("{\"key\":\"a\",\"n\":1e999}", "{\"key\":\"a\",\"n\":1e999}");
	check_raw("{\"key\":\"\\ud800\"}", "{\"key\":\"\\ud800\"}");
	check_raw("{\"a\\u0000\":{}}", "{\"a\\u0000\":{}}");
	check_raw("{\"key\":\"caf\xe9\"}", "{\"key\":\"caf\xe9\"}");
}

static void test_states(void)
{
	struct flag_set *set =
	    set_of("s", "{\"flags\":{\"a\":{\"state\":\"paused\"},\"b\":{\"state\":1},\"c\":{},"
			"\"d\":{\"state\":\"x\\ny\"},\"e\":{\"version\":-4,\"updatedAt\":\"soon\"},"
			"\"f\":{\"version\":\"7\",\"updatedAt\":7}}}");

	CHECK_TEXT(flag_set_find(set, "a")->state, "paused");
	for (size_t i = 1; i < set->count; i++) {
		CHECK_TEXT(set->items[i].state, "unknown");
		CHECK(set->items[i].version == 0 && set->items[i].updated == 0);
	}
	CHECK(set->count == 6);
	flag_set_free(set);
}

static void test_repeated(void)
{
	struct flag_set *set = set_of("one", "{\"flags\":[{\"key\":\"a\",\"n\":1},{\"key\":\"b\"},"
					     "{\"key\":\"a\",\"n\":2}]}");

	CHECK(set->count == 2 && set->repeated == 1);
	CHECK_TEXT(shown(set, "a"), "{\n  \"key\": \"a\",\n  \"n\": 1\n}\n");
	CHECK(flag_set_add(set, "a", "{\"state\":\"enabled\"}", 19));
	CHECK(flag_set_add(set, "c", "{\"state\":\"enabled\"}", 19));
	CHECK(flag_set_sort(set));
	CHECK(set->count == 3 && set->repeated == 2);
	CHECK_TEXT(shown(set, "a"), "{\n  \"key\": \"a\",\n  \"n\": 1\n}\n");
	flag_set_free(set);
	set = set_of("one", "{\"flags\":{\"a\":{\"n\":1},\"a\":{\"n\":2}}}");
	CHECK_TEXT(shown(set, "a"), "{\n  \"key\": \"a\",\n  \"n\": 2\n}\n");
	flag_set_free(set);
}

static void test_empty_set(void)
{
	struct flag_set set = {0};

	CHECK(flag_set_sort(&set));
	CHECK(!flag_set_find(&set, "a"));
	flag_set_free(NULL);
}

/* ---- hostile values ---- */

/* So many opening brackets and, if closed, their ends, after a head. */
static char *nested(const char *head, size_t depth, const char *tail)
{
	char *text = malloc(strlen(head) + 2 * depth + strlen(tail) + 1);
	size_t length = strlen(head);

	if (!text)
		abort();
	memcpy(text, head, length);
	memset(text + length, '[', depth);
	memset(text + length + depth, ']', depth);
	strcpy(text + length + 2 * depth, tail);
	return text;
}

static void check_nested(size_t depth, bool parses)
{
	char *text = nested("{\"key\":\"a\",\"rules\":", depth, "}");
	struct flag_set *set = set_of("k", text);

	CHECK(set->count == 1);
	CHECK((set->items[0].definition != NULL) == parses);
	CHECK(set->items[0].length < 2 * strlen(text) + 1000);
	flag_set_free(set);
	free(text);
}

static void test_hostile(void)
{
	struct flag_set set = {0};

	check_nested(20, true);
	check_nested(2000, true);
	check_nested(100000, false);
	CHECK(flag_set_add(&set, "nul", "\0\0", 2));
	CHECK(flag_set_sort(&set));
	CHECK(set.count == 1 && set.items[0].length == 2 && !memcmp(set.items[0].text, "\0\0", 3));
	flag_free(&set.items[0]);
	free(set.items);
}

/* ---- showing ---- */

static void check_number(const char *text, const char *expected)
{
	char body[200], want[200];
	struct flag_body parsed;
	size_t length;
	char *again;

	snprintf(body, sizeof(body), "{\"n\": %s}", text);
	snprintf(want, sizeof(want), "{\n  \"key\": \"k\",\n  \"n\": %s\n}\n", expected);
	CHECK(flag_parse("k", body, strlen(body), &parsed).kind == OUTCOME_OK);
	again = flag_show("k", parsed.definition, &length);
	CHECK_TEXT(again, want);
	json_decref(parsed.definition);
	free(again);
}

static void test_numbers(void)
{
	check_number("0", "0");
	check_number("9223372036854775807", "9223372036854775807");
	check_number("-9223372036854775808", "-9223372036854775808");
	check_number("0.1", "0.1");
	check_number("25.50", "25.5");
	check_number("1.0", "1.0");
	check_number("-0.0", "-0.0");
	check_number("1E3", "1000.0");
	check_number("1e100", "1e+100");
	check_number("3.141592653589793", "3.141592653589793");
	check_number("0.30000000000000004", "0.30000000000000004");
	check_number("1.7976931348623157e308", "1.7976931348623157e+308");
	check_number("5e-324", "4.94065645841247e-324");
}

static void test_show(void)
{
	json_t *definition = json_of(
	    "{\"z\":[],\"updatedAt\":\"x\",\"version\":9,\"key\":\"other\",\"a\":{\"d\":[1,{}]},"
	    "\"text\":\"\\u00e9\\u0000\\u001f\\u007f\\\"\\\\/\\n\"}");
	size_t length;
	char *text = flag_show("k", definition, &length);

	CHECK_TEXT(text, "{\n  \"a\": {\n    \"d\": [\n      1,\n      {}\n    ]\n  },\n"
			 "  \"key\": \"k\",\n"
			 "  \"text\": \"\xc3\xa9\\u0000\\u001f\\u007f\\\"\\\\/\\n\",\n"
			 "  \"z\": []\n}\n");
	CHECK(length == strlen(text));
	CHECK(json_integer_value(json_object_get(definition, "version")) == 9);
	free(text);
	json_decref(definition);
}

static json_t *random_json(unsigned depth);

static json_t *random_text(void)
{
	static const char *const pieces[] = {
	    "a", "\xc3\xa9", "\xf0\x9f\x9a\x80", "\"", "\\", "\n", "\x01", "key", " "};
	char text[64] = "";

	for (int i = random() % 6; i > 0; i--)
		strcat(text, pieces[random() % (long)(sizeof(pieces) / sizeof(pieces[0]))]);
	return json_string(text);
}

static json_t *random_object(unsigned depth)
{
	json_t *object = json_object();

	for (int i = random() % 5; i > 0; i--) {
		json_t *name = random_text();

		json_object_set_new(object, json_string_value(name), random_json(depth + 1));
		json_decref(name);
	}
	return object;
}

static json_t *random_array(unsigned depth)
{
	json_t *array = json_array();

	for (int i = random() % 5; i > 0; i--)
		json_array_append_new(array, random_json(depth + 1));
	return array;
}

static json_t *random_json(unsigned depth)
{
	switch (random() % (depth > 20 ? 6 : 8)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(random() % 2);
	case 2:
		return json_integer((random() - (1L << 30)) * random());
	case 3:
		return json_real((double)(random() - (1L << 30)) / (double)(random() + 1));
	case 4:
		return json_real((double)(random() % 1000) / 100);
	case 5:
		return random_text();
	case 6:
		return random_array(depth);
	}
	return random_object(depth);
}

/* What is shown can be written back, and is then shown as the same bytes. */
static void test_stable(void)
{
	for (unsigned seed = 0; seed < 2000; seed++) {
		struct flag_body body = {.definition = NULL};
		json_t *definition;
		size_t length, length_again = 0;
		char *text, *again = NULL;

		srandom(seed);
		definition = random_object(0);
		text = flag_show("k", definition, &length);
		json_object_set_new(definition, "key", json_string("k"));
		CHECK(flag_parse("k", text, length, &body).kind == OUTCOME_OK);
		CHECK(json_equal(body.definition, definition));
		if (body.definition)
			again = flag_show("k", body.definition, &length_again);
		CHECK_TEXT(again, text);
		CHECK(length == length_again);
		CHECK(flag_is_whole(text, length) && !flag_is_whole(text, length - 2));
		json_decref(body.definition);
		json_decref(definition);
		free(text);
		free(again);
	}
}

/* ---- what is written ---- */

static void check_word(const char *text, const char *state)
{
	struct flag_body body;

	CHECK(flag_parse("k", text, strlen(text), &body).kind == OUTCOME_OK);
	CHECK_TEXT(body.state, state);
	CHECK(!body.definition);
	json_decref(body.definition);
}

static void check_refused_bytes(const char *text, size_t length, const char *message,
				const char *advice)
{
	struct flag_body body;
	struct outcome outcome = flag_parse("k", text, length, &body);

	CHECK(outcome.kind == OUTCOME_BAD_VALUE);
	CHECK_TEXT(outcome.message, message);
	CHECK(strstr(outcome.advice, advice) != NULL);
	CHECK(!body.definition && !body.state[0]);
}

static void check_refused(const char *text, const char *message, const char *advice)
{
	check_refused_bytes(text, strlen(text), message, advice);
}

static void test_words(void)
{
	check_word("enabled", "enabled");
	check_word("disabled\n", "disabled");
	check_word(" \tarchived \r\n\n", "archived");
	check_refused("", "flag `k', line 1, column 1: nothing was written",
		      "enabled, disabled, archived");
	check_refused("\n", "flag `k', line 1, column 1: nothing was written",
		      "enabled, disabled, archived");
	check_refused("Enabled\n", "flag `k', line 1, column 1: `Enabled' is no state", "one of");
	check_refused("\n on\n", "flag `k', line 2, column 2: `on' is no state", "one of");
	check_refused("enabled disabled",
		      "flag `k', line 1, column 1: `enabled disabled' is no state", "one of");
	check_refused("[1]", "flag `k', line 1, column 1: `[1]' is no state", "JSON object");
	check_refused("\x1b[31m\x80", "flag `k', line 1, column 1: `?[31m?' is no state", "one of");
	check_refused_bytes("enabled\0", 8, "flag `k', line 1, column 1: `enabled?' is no state",
			    "one of");
}

static void test_definitions(void)
{
	static const char text[] = " {\"version\": 4, \"updatedAt\": \"x\", \"key\": \"k\", "
				   "\"state\": \"paused\", \"more\": 1}\n";
	struct flag_body body;
	json_t *expected = json_of("{\"key\":\"k\",\"state\":\"paused\",\"more\":1}");

	CHECK(flag_parse("k", text, strlen(text), &body).kind == OUTCOME_OK);
	CHECK(json_equal(body.definition, expected));
	CHECK_TEXT(body.state, "");
	json_decref(body.definition);
	json_decref(expected);
	CHECK(flag_parse("k", "{}", 2, &body).kind == OUTCOME_OK);
	CHECK(json_object_size(body.definition) == 0);
	json_decref(body.definition);
}

static void test_refused_json(void)
{
	check_refused("{\n  \"a\": 1,\n  \"b\" 2\n}\n",
		      "flag `k', line 3, column 7: ':' expected near '2'",
		      "correct the JSON there");
	check_refused("{\"a\":1", "flag `k', line 1, column 6: '}' expected near end of file",
		      "correct the JSON there");
	check_refused("{\"a\":1,\"a\":2}",
		      "flag `k', line 1, column 10: duplicate object key near '\"a\"'", "correct");
	check_refused("{} {}", "flag `k', line 1, column 4: end of file expected near '{'",
		      "correct");
	check_refused("{\"n\": 18446744073709551616}",
		      "flag `k', line 1, column 26: too big integer near '18446744073709551616'",
		      "correct");
	check_refused("{\"n\":1}\xff", "flag `k', line 1, column 7: unable to decode byte 0xff",
		      "correct");
}

static void test_refused_members(void)
{
	check_refused("{\"a\": {\"key\": 1}, \"b\": \"key\",\n \"key\" : \"other\"}",
		      "flag `k', line 2, column 10: the member `key' is `other'",
		      "the file of that name, or make the member \"key\": \"k\"");
	check_refused("{\"\xc3\xa9\": 1, \"key\":\"K\"}",
		      "flag `k', line 1, column 16: the member `key' is `K'",
		      "the file of that name");
	check_refused("{\"k\\u0065y\": \"K\"}",
		      "flag `k', line 1, column 1: the member `key' is `K'",
		      "the file of that name");
	check_refused("{\"key\": \"k\\u0000\"}",
		      "flag `k', line 1, column 9: the member `key' is `k?'", "the file");
	check_refused("{\"key\": 7}", "flag `k', line 1, column 9: the member `key' is no text",
		      "leave the member out");
	check_refused("{\"state\": true}",
		      "flag `k', line 1, column 11: the member `state' is no word",
		      "\"state\": \"enabled\"");
}

/* Every beginning, and every byte changed: nothing may break. */
static void test_damaged(void)
{
	static const char text[] = "{\"key\": \"k\", \"a\\\"\": [1.5, {\"b\": \"\\u00e9}\"}]}\n";
	char copy[sizeof(text)];
	struct flag_body body;

	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		char *exact = malloc(length + 1);

		if (!exact)
			abort();
		memcpy(exact, text, length);
		CHECK(flag_is_whole(exact, length) == (length >= sizeof(text) - 2));
		if (length < sizeof(text) - 2)
			CHECK(flag_parse("k", exact, length, &body).kind == OUTCOME_BAD_VALUE);
		free(exact);
	}
	for (size_t i = 0; i < (sizeof(text) - 1) * 256; i++) {
		memcpy(copy, text, sizeof(text));
		copy[i / 256] = (char)(i % 256);
		if (flag_parse("k", copy, sizeof(text) - 1, &body).kind == OUTCOME_OK)
			CHECK(body.definition && flag_is_whole(copy, sizeof(text) - 1));
		json_decref(body.definition);
	}
}

static bool whole(const char *text)
{
	return flag_is_whole(text, strlen(text));
}

static void test_whole(void)
{
	CHECK(!whole(""));
	CHECK(!whole(" "));
	CHECK(whole("\n"));
	CHECK(!whole("disabled"));
	CHECK(whole("disabled\n"));
	CHECK(!whole("\nenabled"));
	CHECK(whole("\nenabled\n"));
	CHECK(whole("on\r\nmore"));
	CHECK(whole("{}"));
	CHECK(whole(" {\"a\": \"}\"} trailing"));
	CHECK(!whole("{\"a\": \"}\""));
	CHECK(!whole("{\"a\": \"}\\\""));
	CHECK(!whole("{"));
	CHECK(!whole("{\n"));
	CHECK(!whole("{\"a\": [1,\n  2,\n"));
	CHECK(!whole("{\"a\": tr"));
	CHECK(whole("{\"a\": tr\n"));
	CHECK(whole("{state: disabled\n"));
	CHECK(whole("{\"a\": \"b\n"));
	CHECK(whole("{]"));
}

static void test_keys(void)
{
	char long_key[202];

	CHECK(flag_key_is_valid("new-pricing"));
	CHECK(flag_key_is_valid("A.b_c-9"));
	CHECK(!flag_key_is_valid(""));
	CHECK(!flag_key_is_valid("9a"));
	CHECK(!flag_key_is_valid("_a"));
	CHECK(!flag_key_is_valid(".a"));
	CHECK(!flag_key_is_valid("a b"));
	CHECK(!flag_key_is_valid("a/b"));
	CHECK(!flag_key_is_valid("caf\xc3\xa9"));
	CHECK(!flag_key_is_valid("a\n"));
	memset(long_key, 'a', sizeof(long_key));
	long_key[200] = '\0';
	CHECK(flag_key_is_valid(long_key));
	long_key[200] = 'a';
	long_key[201] = '\0';
	CHECK(!flag_key_is_valid(long_key));
}

/* ---- editing ---- */

#define NOW "2026-11-22T05:00:00Z"
#define STAMP(version) "\"version\":" #version ",\"updatedAt\":\"" NOW "\""

static enum outcome_kind edit(const char *text, const char *key, const char *state,
			      const char *definition, const char *expected)
{
	json_t *json = definition ? json_of(definition) : NULL, *changed;
	char *value;
	struct outcome outcome =
	    flag_edit(text, text ? strlen(text) : 0, "kv", key, state, json, NOW, &value, &changed);

	CHECK((outcome.kind == OUTCOME_OK) == (value != NULL));
	CHECK((outcome.kind == OUTCOME_OK) == (changed != NULL));
	CHECK((outcome.kind == OUTCOME_OK) == (expected != NULL));
	if (expected)
		CHECK_TEXT(value, expected);
	if (changed)
		CHECK_TEXT(json_string_value(json_object_get(changed, "updatedAt")), NOW);
	free(value);
	json_decref(changed);
	json_decref(json);
	return outcome.kind;
}

#define EDIT_DONE(...) CHECK(edit(__VA_ARGS__) == OUTCOME_OK)

static void test_edit_state(void)
{
	EDIT_DONE("{\"x\":0.1,\"flags\":{\"b\":{},\"a\":{\"n\":1e2,\"version\":7,\"state\":"
		  "\"enabled\"}}}",
		  "a", "disabled", NULL,
		  "{\"x\":0.1,\"flags\":{\"b\":{},\"a\":{\"n\":100.0,\"version\":8,"
		  "\"state\":\"disabled\",\"updatedAt\":\"" NOW "\"}}}");
	EDIT_DONE(
	    "{\"flags\":[{\"key\":\"a\"},{\"key\":\"b\"}]}", "b", "archived", NULL,
	    "{\"flags\":[{\"key\":\"a\"},{\"key\":\"b\",\"state\":\"archived\"," STAMP(1) "}]}");
	EDIT_DONE("{\"state\":\"enabled\"}", "kv", "disabled", NULL,
		  "{\"state\":\"disabled\"," STAMP(1) "}");
	EDIT_DONE("{\"key\":\"a\",\"version\":9223372036854775807}", "a", "disabled", NULL,
		  "{\"key\":\"a\",\"version\":9223372036854775807,\"state\":\"disabled\","
		  "\"updatedAt\":\"" NOW "\"}");
	EDIT_DONE("{\"a\":{},\"b\":{\"n\":\"\\u0000\"}}", "a", "enabled", NULL,
		  "{\"a\":{\"state\":\"enabled\"," STAMP(1) "},\"b\":{\"n\":\"\\u0000\"}}");
	CHECK(edit("{\"flags\":{}}", "a", "enabled", NULL, NULL) == OUTCOME_NOT_FOUND);
	CHECK(edit("{\"flags\":[]}", "a", "enabled", NULL, NULL) == OUTCOME_NOT_FOUND);
	CHECK(edit("{\"key\":\"b\"}", "a", "enabled", NULL, NULL) == OUTCOME_NOT_FOUND);
	CHECK(edit(NULL, "a", "enabled", NULL, NULL) == OUTCOME_NOT_FOUND);
	CHECK(edit("", "a", "enabled", NULL, NULL) == OUTCOME_NOT_FOUND);
}

static void test_edit_definition(void)
{
	static const char definition[] = "{\"key\":\"a\",\"n\":2}";
#define CHANGED(version) "{\"key\":\"a\",\"n\":2," STAMP(version) "}"

	EDIT_DONE(NULL, "a", NULL, definition, "{\"flags\":{\"a\":" CHANGED(1) "}}");
	EDIT_DONE(" \n", "a", NULL, definition, "{\"flags\":{\"a\":" CHANGED(1) "}}");
	EDIT_DONE("{}", "a", NULL, definition, "{\"a\":" CHANGED(1) "}");
	EDIT_DONE("{\"flags\":[],\"m\":null}", "a", NULL, definition,
		  "{\"flags\":[" CHANGED(1) "],\"m\":null}");
	EDIT_DONE("{\"flags\":[{\"key\":\"a\",\"version\":1},{\"key\":\"b\"}]}", "a", NULL,
		  definition, "{\"flags\":[" CHANGED(2) ",{\"key\":\"b\"}]}");
	EDIT_DONE("{\"flags\":{\"a\":{\"key\":\"a\"},\"b\":{}}}", "a", NULL, definition,
		  "{\"flags\":{\"a\":" CHANGED(1) ",\"b\":{}}}");
	EDIT_DONE("{\"flags\":{\"a\":{\"version\":5}}}", "a", NULL, definition,
		  "{\"flags\":{\"a\":{\"n\":2," STAMP(6) "}}}");
	EDIT_DONE("{\"key\":\"a\",\"old\":1}", "a", NULL, definition, CHANGED(1));
	EDIT_DONE("{\"flags\":[]}", "a", NULL, "{\"n\":2}",
		  "{\"flags\":[{\"n\":2,\"key\":\"a\"," STAMP(1) "}]}");
	CHECK(edit("{\"key\":\"b\"}", "a", NULL, definition, NULL) == OUTCOME_BAD_VALUE);
#undef CHANGED
}

static void test_edit_raw(void)
{
	CHECK(edit("hello", "kv", "enabled", NULL, NULL) == OUTCOME_BAD_VALUE);
	CHECK(edit("[1]", "kv", NULL, "{}", NULL) == OUTCOME_BAD_VALUE);
	CHECK(edit("{\"flags\":{\"a\":true}}", "a", NULL, "{}", NULL) == OUTCOME_BAD_VALUE);
	CHECK(edit("{\"flags\":{\"a\":{\"n\":99999999999999999999}}}", "a", "enabled", NULL,
		   NULL) == OUTCOME_BAD_VALUE);
}

int main(void)
{
	test_layouts();
	test_one_flag();
	test_raw();
	test_states();
	test_repeated();
	test_empty_set();
	test_hostile();
	test_numbers();
	test_show();
	test_stable();
	test_words();
	test_definitions();
	test_refused_json();
	test_refused_members();
	test_damaged();
	test_whole();
	test_keys();
	test_edit_state();
	test_edit_definition();
	test_edit_raw();
	return unit_result();
}
