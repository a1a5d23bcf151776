/* SPDX-License-Identifier: MIT */
#include "../../backends/flag_change.h"
#include "../../backends/flags_author_control.h"
#include "unit.h"
#include <stdlib.h>

static json_t *json_of(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	if (!json)
		abort();
	return json;
}

/* ---- straight in KV ---- */

#define SHOWN "{\n  \"key\": \"a\",\n  \"n\": 1\n}\n"
static const char there[] = "{\"flags\":{\"a\":{\"n\":1,\"version\":4}}}";

static struct outcome apply(const struct flag_change *change, const char *bytes, bool own_key,
			    char **value)
{
	json_t *flag;
	struct outcome outcome = flag_change_apply(change, bytes, bytes ? strlen(bytes) : 0, "kv",
						   own_key, value, &flag);

	CHECK((outcome.kind == OUTCOME_OK) == (*value != NULL));
	CHECK((outcome.kind == OUTCOME_OK) == (flag != NULL));
	json_decref(flag);
	return outcome;
}

static struct outcome replace(int64_t version, const char *text, const char *bytes)
{
	struct flag_change change = {.action = FLAG_REPLACE,
				     .key = "a",
				     .definition = json_of("{\"n\":2}"),
				     .version = version,
				     .text = text};
	struct outcome outcome;
	char *value;

	outcome = apply(&change, bytes, false, &value);
	if (value)
		CHECK(strstr(value, "\"n\":2") != NULL);
	free(value);
	json_decref(change.definition);
	return outcome;
}

static void check_conflict(struct outcome outcome, const char *message, const char *advice)
{
	CHECK(outcome.kind == OUTCOME_CONFLICT);
	CHECK_TEXT(outcome.message, message);
	CHECK(strstr(outcome.advice, advice) != NULL);
}

static void test_replace(void)
{
	CHECK(replace(4, SHOWN, there).kind == OUTCOME_OK);
	CHECK(replace(4, NULL, there).kind == OUTCOME_OK);
	CHECK(replace(0, SHOWN, there).kind == OUTCOME_OK);
	CHECK(replace(0, NULL, there).kind == OUTCOME_OK);
	CHECK(replace(0, NULL, NULL).kind == OUTCOME_OK);
	check_conflict(replace(3, SHOWN, there),
		       "the flag `a' is at version 4 in KV, newer than version 3, which this was "
		       "made from",
		       "read the flag again");
	check_conflict(replace(5, SHOWN, there),
		       "KV shows version 4 of the flag `a', older than version 5, which this was "
		       "made from",
		       "wait");
	check_conflict(replace(4, "{}\n", there),
		       "the flag `a' in KV is newer than what this was made from", "read");
	check_conflict(replace(4, NULL, "{\"flags\":{}}"), "the flag `a' is no longer in KV",
		       "list the flags again");
	check_conflict(replace(0, SHOWN, NULL), "the flag `a' is no longer in KV", "list");
}

static void test_create(void)
{
	struct flag_change change = {.action = FLAG_CREATE, .key = "a", .state = "disabled"};
	struct outcome outcome;
	char *value;

	outcome = apply(&change, there, false, &value);
	CHECK(outcome.kind == OUTCOME_NAME_TAKEN);
	CHECK_TEXT(outcome.message, "there is a flag `a' in KV already, its state is `unknown'");
	CHECK(apply(&change, NULL, false, &value).kind == OUTCOME_OK);
	CHECK(strstr(value, "{\"flags\":{\"a\":{\"key\":\"a\",\"state\":\"disabled\",\"type\":"
			    "\"boolean\",\"defaultVariation\":\"off\",\"variations\":{\"on\":true,"
			    "\"off\":false},\"rules\":[],\"rollout\":{},\"version\":1,") == value);
	free(value);
	CHECK(apply(&change, " ", true, &value).kind == OUTCOME_OK);
	CHECK(strstr(value, "{\"key\":\"a\",\"state\":\"disabled\",\"type\":") == value);
	free(value);
	CHECK(apply(&change, "{\"flags\":{}}", true, &value).kind == OUTCOME_OK);
	CHECK(strstr(value, "{\"flags\":{\"a\":{\"key\":\"a\",") == value);
	free(value);
}

static void test_set_state(void)
{
	struct flag_change change = {.action = FLAG_SET_STATE, .key = "a", .state = "archived"};
	char *value;

	CHECK(apply(&change, there, false, &value).kind == OUTCOME_OK);
	CHECK(strstr(value, "{\"flags\":{\"a\":{\"n\":1,\"version\":5,\"state\":\"archived\",") ==
	      value);
	free(value);
	CHECK(apply(&change, NULL, true, &value).kind == OUTCOME_NOT_FOUND);
}

/* ---- through the control plane ---- */

static void check_flag(const struct flag_change *change, const char *answer, const char *expected)
{
	json_t *sent = answer ? json_of(answer) : NULL, *want = json_of(expected);
	json_t *flag = author_control_flag(change, sent);

	CHECK(json_equal(flag, want));
	json_decref(flag);
	json_decref(sent);
	json_decref(want);
}

static void test_answers(void)
{
	struct flag_change change = {.action = FLAG_SET_STATE, .key = "a", .state = "disabled"};

	check_flag(&change, "{\"key\":\"a\",\"more\":1}", "{\"key\":\"a\",\"more\":1}");
	check_flag(&change, "{\"state\":\"x\"}", "{\"state\":\"x\"}");
	check_flag(&change, "{\"key\":\"b\",\"state\":\"x\"}",
		   "{\"key\":\"a\",\"state\":\"disabled\"}");
	check_flag(&change, "{\"ok\":true}", "{\"key\":\"a\",\"state\":\"disabled\"}");
	check_flag(&change, NULL, "{\"key\":\"a\",\"state\":\"disabled\"}");
	change.text = "{\"key\":\"a\",\"n\":1,\"state\":\"enabled\"}";
	check_flag(&change, NULL, "{\"key\":\"a\",\"n\":1,\"state\":\"disabled\"}");
	change.text = "hello";
	check_flag(&change, NULL, "{\"key\":\"a\",\"state\":\"disabled\"}");
	change = (struct flag_change){
	    .action = FLAG_REPLACE, .key = "a", .definition = json_of("{\"n\":2}"), .version = 3};
	check_flag(&change, NULL, "{\"key\":\"a\",\"n\":2}");
	json_decref(change.definition);
}

static void test_advice(void)
{
	struct flag_change change = {.action = FLAG_SET_STATE, .key = "a", .state = "disabled"};
	struct outcome outcome = outcome_make(OUTCOME_REFUSED, "cut");

	outcome = author_control_outcome(&outcome, &change, true);
	CHECK_TEXT(outcome.message, "cut");
	CHECK(strstr(outcome.advice, "the request may have arrived") == outcome.advice);
	outcome = outcome_make(OUTCOME_NAME_TAKEN, "exists");
	outcome = author_control_outcome(&outcome, &change, false);
	CHECK_TEXT(outcome.advice, "there is a flag `a' already: write to it");
	outcome = outcome_make(OUTCOME_CONFLICT, "version");
	outcome = author_control_outcome(&outcome, &change, false);
	CHECK(strstr(outcome.advice, "somebody else changed `a'") == outcome.advice);
	outcome = outcome_make(OUTCOME_GATE_CLOSED, "gate");
	CHECK_TEXT(author_control_outcome(&outcome, &change, false).advice, "");
}

int main(void)
{
	test_replace();
	test_create();
	test_set_state();
	test_answers();
	test_advice();
	return unit_result();
}
