/* SPDX-License-Identifier: MIT */
#include "../../backends/kv.h"
#include "../../backends/kv_reply.h"
#include "unit.h"
#include <stdlib.h>

static void check_digits(const char *key, const char *expected)
{
	char *digits = kv_last_digits(key);

	if (expected)
		CHECK_TEXT(digits, expected);
	else
		CHECK(!digits);
	free(digits);
}

static void test_last_digits(void)
{
	check_digits("install:1000001", "1000001");
	check_digits("1000001", "1000001");
	check_digits("7", "7");
	check_digits("app/123456/portal/1000001/tokens", "1000001");
	check_digits("v2-1000001-v", "1000001");
	check_digits("12345678901234567890", "12345678901234567890");
	check_digits("007", "007");
	check_digits("123456789012345678901", NULL);
	check_digits("1-123456789012345678901", NULL);
	check_digits("install", NULL);
	check_digits("", NULL);
	check_digits("\xd9\xa1\xd9\xa2", NULL);
}

static struct outcome outcome_of(int status, const char *body, json_t **envelope)
{
	struct http_reply reply = {
	    .status = status, .body = body, .length = strlen(body), .request_id = ""};

	return kv_outcome(&reply, envelope);
}

static struct outcome failure_of(int status, const char *body)
{
	json_t *envelope = NULL;
	struct outcome outcome = outcome_of(status, body, &envelope);

	CHECK(outcome.kind != OUTCOME_OK);
	CHECK(!envelope);
	CHECK(outcome.http_status == status);
	return outcome;
}

static void test_success(void)
{
	json_t *envelope;
	struct outcome outcome =
	    outcome_of(200, "{\"success\":true,\"errors\":[],\"result\":[1]}", &envelope);

	CHECK(outcome.kind == OUTCOME_OK);
	CHECK(json_array_size(json_object_get(envelope, "result")) == 1);
	json_decref(envelope);
	outcome = outcome_of(204, "", &envelope);
	CHECK(outcome.kind == OUTCOME_OK && !envelope);
}

/* The numbers, with what they mean to KV alone. */
static void test_codes(void)
{
	static const struct {
		int status;
		long code;
		enum outcome_kind kind;
	} cases[] = {
	    {404, 10009, OUTCOME_NOT_FOUND},	 {404, 10013, OUTCOME_NOT_FOUND},
	    {400, 10014, OUTCOME_NAME_TAKEN},	 {400, 10029, OUTCOME_BAD_VALUE},
	    {400, 10012, OUTCOME_BAD_REPLY},	 {400, 7003, OUTCOME_NOT_FOUND},
	    {400, 10030, OUTCOME_BAD_NAME},	 {413, 10024, OUTCOME_TOO_LARGE},
	    {429, 971, OUTCOME_RATE_LIMITED},	 {429, 10022, OUTCOME_RATE_LIMITED},
	    {429, 10048, OUTCOME_TOO_MANY},	 {403, 10037, OUTCOME_NOT_ALLOWED},
	    {403, 9109, OUTCOME_NOT_ALLOWED},	 {401, 1000, OUTCOME_TOKEN_REFUSED},
	    {403, 10000, OUTCOME_TOKEN_REFUSED}, {401, 10000, OUTCOME_TOKEN_REFUSED},
	    {413, 10000, OUTCOME_TOO_LARGE},	 {414, 10000, OUTCOME_BAD_NAME},
	    {500, 10002, OUTCOME_SERVER_ERROR},	 {503, 4242, OUTCOME_SERVER_ERROR},
	    {429, 4242, OUTCOME_RATE_LIMITED},	 {404, 4242, OUTCOME_NOT_FOUND},
	    {200, 10009, OUTCOME_NOT_FOUND},	 {418, 4242, OUTCOME_BAD_REPLY},
	};
	char body[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outcome outcome;

		snprintf(body, sizeof(body),
			 "{\"success\":false,\"errors\":[{\"code\":%ld,\"message\":\"so it is\"}],"
			 "\"result\":null}",
			 cases[i].code);
		outcome = failure_of(cases[i].status, body);
		if (outcome.kind != cases[i].kind)
			printf("status %d, code %ld:\n", cases[i].status, cases[i].code);
		CHECK(outcome.kind == cases[i].kind);
		CHECK(outcome.code == cases[i].code);
		CHECK_TEXT(outcome.message, "so it is");
	}
}

static void test_nonsense(void)
{
	CHECK(failure_of(404, "404 Not Found").kind == OUTCOME_BAD_REPLY);
	CHECK(failure_of(200, "").kind == OUTCOME_BAD_REPLY);
	CHECK(failure_of(200, "[]").kind == OUTCOME_BAD_REPLY);
	CHECK(failure_of(200, "{}").kind == OUTCOME_BAD_REPLY);
	CHECK(failure_of(302, "").kind == OUTCOME_BAD_REPLY);
	CHECK(failure_of(502, "<html>").kind == OUTCOME_SERVER_ERROR);
}

int main(void)
{
	test_last_digits();
	test_success();
	test_codes();
	test_nonsense();
	return unit_result();
}
