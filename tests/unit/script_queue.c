/* SPDX-License-Identifier: MIT */
#include "../../backends/script_queue.h"
#include "unit.h"

/* Changes of a Worker that share a request, while nobody answers. */

enum { CHANGES = 5 };

struct test {
	struct loop *loop;
	struct script_queue *queue;
	struct script_change changes[CHANGES];
	unsigned told[CHANGES], cancelled, left;
};

struct one {
	struct test *test;
	unsigned number;
};

static struct one ones[CHANGES];

/* The first that is told of the batch cancels the next two, whose owner then uses the room. */
static void changed(void *context, const struct outcome *outcome)
{
	struct one *one = context;
	struct test *test = one->test;

	CHECK(outcome->kind == OUTCOME_REFUSED);
	test->told[one->number]++;
	test->left--;
	for (unsigned i = 2; one->number == 1 && i < 4; i++) {
		CHECK(script_queue_cancel(&test->changes[i]));
		memset(&test->changes[i], 0xff, sizeof(test->changes[i]));
		test->cancelled++;
		test->left--;
	}
	if (test->left == 0)
		loop_stop(test->loop);
}

static void test_cancelled_while_told(struct http_api *api, struct loop *loop, struct arena *arena)
{
	static const char *const names[CHANGES] = {"A", "B", "C", "D", "E"};
	struct test test = {.loop = loop, .left = CHANGES};
	struct value *value = value_new(arena, 10);

	CHECK(value && value_append(value, "secret", 6));
	test.queue = script_queue_new(api, loop, arena, "account", "worker", 5000);
	CHECK(test.queue);
	for (unsigned i = 0; i < CHANGES; i++) {
		ones[i] = (struct one){&test, i};
		script_queue_add(test.queue, &test.changes[i], names[i], value, changed, &ones[i]);
	}
	CHECK(loop_run(loop));
	CHECK(test.cancelled == 2);
	CHECK(test.told[0] == 1 && test.told[1] == 1 && test.told[4] == 1);
	CHECK(test.told[2] == 0 && test.told[3] == 0);
	script_queue_free(test.queue);
	value_free(value);
}

int main(void)
{
	bool locked, good = http_prepare();
	struct arena *arena = arena_new((size_t)8 * 1024 * 1024, &locked);
	struct loop *loop = loop_new(0);
	struct http *http = http_new(loop);
	struct value *token = value_new(arena, 100);
	/* Nobody listens there. */
	struct http_api_options options = {.name = "api",
					   .url = "http://127.0.0.1:1",
					   .token = token,
					   .token_hint = "",
					   .deadline = 5000};
	struct http_api *api = http_api_new(http, &options);

	CHECK(good && token && value_append(token, "token", 5) && api);
	test_cancelled_while_told(api, loop, arena);
	http_free(http);
	value_free(token);
	loop_free(loop);
	arena_free(arena);
	return unit_result();
}
