/* SPDX-License-Identifier: MIT */
#include "../../backends/kv.h"
#include "../../backends/kv_reply.h"
#include "unit.h"
#include <stdlib.h>

/*
 * kv                                               the checks of what is pure
 * kv URL TOKEN NAMESPACE OPERATION ARGUMENT...     these calls, all begun at once, each with a line
 *                                                  when it ends (tests/cases/kv.sh)
 */

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

/* What a terminal would act on, and what changes the direction of writing. */
static void test_controls(void)
{
	struct outcome outcome =
	    failure_of(400, "{\"success\":false,\"errors\":[{\"code\":10029,\"message\":"
			    "\"a\\u001b\\u009b31m\\u202eb\\n\"}]}");

	CHECK_TEXT(outcome.message, "a   31m   b ");
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

/* ---- freed in a callback ---- */

struct freeing {
	struct loop *loop;
	struct kv *kv;
	enum outcome_kind kind; /* of the call that ends first */
};

static void free_kv(void *context, const struct outcome *outcome, const char *bytes, size_t length)
{
	struct freeing *freeing = context;

	(void)length;
	CHECK(outcome->kind == freeing->kind);
	CHECK(!bytes);
	kv_free(freeing->kv);
	loop_stop(freeing->loop);
}

static void free_in_callback(struct http_api *api, struct loop *loop, const char *key,
			     enum outcome_kind kind)
{
	struct freeing freeing = {loop, kv_new(api, loop, "account"), kind};

	CHECK(kv_get(freeing.kv, "namespace", "another", free_kv, &freeing));
	CHECK(kv_get(freeing.kv, "namespace", key, free_kv, &freeing));
	CHECK(loop_run(loop));
}

static struct http_api *api_of(struct http *http, const char *url, const struct value *token)
{
	struct http_api_options options = {
	    .name = "kv", .url = url, .token = token, .token_hint = "", .deadline = 10000};

	return http_api_new(http, &options);
}

/* One of two calls that run, whether it has its end from the network (nobody listens) or not. */
static void test_free_in_callback(void)
{
	char url[4096] = "";
	bool locked, good = http_prepare();
	struct arena *arena = arena_new((size_t)1024 * 1024, &locked);
	struct loop *loop = loop_new(0);
	struct http *http = http_new(loop);
	struct value *token = value_new(arena, 100);
	struct http_api *api = api_of(http, "http://127.0.0.1:1", token);

	CHECK(good && token && value_append(token, "token", 5) && api);
	free_in_callback(api, loop, "..", OUTCOME_BAD_NAME);
	free_in_callback(api, loop, "key", OUTCOME_REFUSED);
	/* An address that is too long is no lack of memory. */
	strcpy(url, "http://127.0.0.1:1/");
	memset(url + strlen(url), 'x', 4060);
	api = api_of(http, url, token);
	CHECK(api);
	free_in_callback(api, loop, "key", OUTCOME_BAD_NAME);
	http_free(http);
	value_free(token);
	loop_free(loop);
	arena_free(arena);
}

/* ---- calls ---- */

#define ACCOUNT "0123456789abcdef0123456789abcdef"

struct calls {
	struct loop *loop;
	struct kv *kv;
	const char *namespace_id;
	unsigned running;
	size_t keys; /* of a listing's pages */
};

struct call {
	struct calls *calls;
	const char *operation, *argument;
};

static const char *word_of(enum outcome_kind kind)
{
	static const struct {
		enum outcome_kind kind;
		const char *word;
	} words[] = {
	    {OUTCOME_OK, "ok"},
	    {OUTCOME_NOT_FOUND, "not-found"},
	    {OUTCOME_AMBIGUOUS, "ambiguous"},
	    {OUTCOME_BAD_NAME, "bad-name"},
	    {OUTCOME_BAD_VALUE, "bad-value"},
	    {OUTCOME_BAD_REPLY, "bad-reply"},
	    {OUTCOME_RATE_LIMITED, "rate-limited"},
	    {OUTCOME_SERVER_ERROR, "server-error"},
	    {OUTCOME_TOKEN_REFUSED, "token-refused"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].kind == kind)
			return words[i].word;
	return "another";
}

static void ended(struct call *call, const struct outcome *outcome, const char *result)
{
	printf("%s %s: %s %ld %s\n", call->operation, call->argument, word_of(outcome->kind),
	       outcome->code, outcome->kind == OUTCOME_OK ? result : outcome->message);
	if (--call->calls->running == 0)
		loop_stop(call->calls->loop);
	free(call);
}

static void found(void *context, const struct outcome *outcome, const char *id)
{
	ended(context, outcome, id);
}

static void value_came(void *context, const struct outcome *outcome, const char *bytes,
		       size_t length)
{
	(void)length;
	ended(context, outcome, bytes);
}

static void json_came(void *context, const struct outcome *outcome, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	ended(context, outcome, text ? text : "none");
	free(text);
}

static void written(void *context, const struct outcome *outcome)
{
	ended(context, outcome, "");
}

static void keys_came(void *context, const struct outcome *outcome, const struct kv_key *keys,
		      size_t count, const char *next)
{
	struct call *call = context;
	struct calls *calls = call->calls;
	char result[700];

	calls->keys += count;
	if (next && kv_keys(calls->kv, calls->namespace_id, call->argument, next, keys_came, call))
		return;
	snprintf(result, sizeof(result), "%zu, the last %s", calls->keys,
		 count ? keys[count - 1].name : "none");
	ended(call, outcome, result);
}

/* Begins one; "put" and "drop", which is a put that is cancelled, write their key as value. */
static bool begin(struct calls *calls, const char *operation, const char *argument)
{
	struct call *call = malloc(sizeof(*call));
	struct kv *kv = calls->kv;
	const char *id = calls->namespace_id;
	struct kv_call *begun = NULL;

	*call = (struct call){calls, operation, argument};
	calls->running++;
	if (!strcmp(operation, "find"))
		begun = kv_find_namespace(kv, argument, found, call);
	else if (!strcmp(operation, "get"))
		begun = kv_get(kv, id, argument, value_came, call);
	else if (!strcmp(operation, "bulk"))
		begun =
		    kv_bulk_get(kv, id, (const char *[]){argument, "absent"}, 2, json_came, call);
	else if (!strcmp(operation, "keys"))
		begun = kv_keys(kv, id, argument, NULL, keys_came, call);
	else
		begun = kv_put(kv, id, argument, argument, NULL, 4000000000, written, call);
	if (begun && !strcmp(operation, "drop")) {
		printf("drop %s: %s\n", argument, kv_cancel(begun) ? "on its way" : "not sent");
		calls->running--;
		free(call);
	}
	return begun != NULL;
}

static int run_calls(char **arguments)
{
	bool locked, good = http_prepare();
	struct arena *arena = arena_new((size_t)8 * 1024 * 1024, &locked);
	struct loop *loop = loop_new(0);
	struct http *http = http_new(loop);
	struct value *token = value_new(arena, 1000);
	struct http_api *api = api_of(http, arguments[0], token);
	struct calls calls = {loop, kv_new(api, loop, ACCOUNT), arguments[2], 0, 0};

	good = good && value_append(token, arguments[1], strlen(arguments[1]));
	for (char **next = arguments + 3; good && next[0] && next[1]; next += 2)
		good = begin(&calls, next[0], next[1]);
	if (good && calls.running)
		good = loop_run(loop);
	kv_free(calls.kv);
	http_free(http);
	value_free(token);
	loop_free(loop);
	arena_free(arena);
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc > 3)
		return run_calls(argv + 1);
	test_last_digits();
	test_success();
	test_codes();
	test_controls();
	test_nonsense();
	test_free_in_callback();
	return unit_result();
}
