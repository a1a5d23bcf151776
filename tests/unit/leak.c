/* SPDX-License-Identifier: MIT */
#include "../../backends/leak.h"
#include "unit.h"
#include <sodium.h>
#include <stdlib.h>
#include <time.h>

/* What of a secret a server's text may not repeat, in which form. */

static struct arena *arena;

static bool is_withheld(const char *message, const char *bytes, size_t length)
{
	struct value *secret = value_new(arena, VALUE_CEILING);
	struct outcome outcome = outcome_make(OUTCOME_BAD_VALUE, "%s", message);
	bool told = false;

	CHECK(secret && value_append(secret, bytes, length));
	told = leak_withhold(&outcome, secret);
	value_free(secret);
	CHECK(told == (strcmp(outcome.message, message) != 0));
	CHECK(told == (strstr(outcome.message, "withheld") != NULL));
	return told;
}

static void test_forms(void)
{
	static const struct {
		const char *message, *secret;
		bool withheld;
	} cases[] = {
	    {"", "abcdefgh", false},
	    {"got abcdefgh", "abcdefgh", true},
	    {"got abcdefg", "abcdefgh", false},
	    {"got bcdefghi!", "abcdefghij", true},
	    {"got ab cd\nef\tgh", "abcdefgh", true},
	    {"got abcdefgh", "a b c d\ne f g h", true},
	    {"got \\\"abcd\\\\n", "\"abcd\\n", true},
	    {"got ab\\ncdef", "ab\ncdef", true},
	    {"got \\u0001abcdef",
	     "\x01"
	     "abcdef",
	     true},
	    {"got \\u007fabcdef",
	     "\x7f"
	     "abcdef",
	     true},
	    {"got a%2Fb%20c", "a/b c", true},
	    {"got caf%C3%A9", "caf\xc3\xa9", true},
	    {"got YWJjZGVmZ2hpamts", "abcdefghijkl", true},
	    {"got YmNkZWZnaGlqa2w", "abcdefghijkl", true},
	    {"got Y2RlZmdoaWprbA", "abcdefghijkl", true},
	    {"got ZGVmZ2hpamts", "abcdefghijkl", true},
	    {"got YWJj", "abc", false},
	    {"the abcd is wrong", "abcd", true},
	    {"the xabcdx", "abcd", true},
	    {"(abc)", "abc", true},
	    {"xabc", "abc", false},
	    {"abcx", "abc", false},
	    {"nothing of it", "abcdefgh", false},
	    {"nothing", "", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool withheld =
		    is_withheld(cases[i].message, cases[i].secret, strlen(cases[i].secret));

		if (withheld != cases[i].withheld)
			printf("%s in: %s\n", cases[i].secret, cases[i].message);
		CHECK(withheld == cases[i].withheld);
	}
	CHECK(is_withheld("got abcdefgh", "abcd\0efgh", 9));
}

static void check_named(const char *request_id, bool kept)
{
	struct outcome outcome = {.request_id = "before"};

	outcome_name_request(&outcome, request_id);
	CHECK_TEXT(outcome.request_id, kept ? request_id : "");
}

static void test_request_id(void)
{
	struct value *secret = value_new(arena, VALUE_CEILING);
	struct outcome outcome = {.kind = OUTCOME_OK};

	check_named("8f0c1d2e3a4b5c6d-AMS", true);
	check_named("8f0c1d2e3a4b5c6d", true);
	check_named("0000000000000001-EMU", true);
	check_named("", false);
	check_named("8f0c1d2e3a4b5c6", false);
	check_named("8f0c1d2e3a4b5c6d0", false);
	check_named("8F0C1D2E3A4B5C6D", false);
	check_named("8f0c1d2e3a4b5c6d-", false);
	check_named("8f0c1d2e3a4b5c6d-ABCDE", false);
	check_named("8f0c1d2e3a4b5c6d-ams", false);
	check_named("8f0c1d2e3a4b5c6d-A S", false);
	check_named("8f0c1d2e3a4b5c6d AMS", false);
	check_named("token-4f1d0c9e7ab35826", false);
	outcome_name_request(&outcome, "8f0c1d2e3a4b5c6d-AMS");
	CHECK(secret && value_append(secret, "1d2e3a4b", 8));
	CHECK(!leak_withhold(&outcome, secret));
	CHECK_TEXT(outcome.request_id, "");
	CHECK_TEXT(outcome.message, "");
	value_free(secret);
}

static char letter(void)
{
	return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	    [randombytes_uniform(64)];
}

/* Every place of a long secret, at every place of the longest message. */
static void test_places(void)
{
	char message[400], secret[5001];

	for (int round = 0; round < 200; round++) {
		size_t to = randombytes_uniform(sizeof(message) - 8);

		for (size_t i = 0; i < sizeof(secret); i++)
			secret[i] = letter();
		for (size_t i = 0; i < sizeof(message); i++)
			message[i] = letter();
		message[sizeof(message) - 1] = '\0';
		CHECK(!is_withheld(message, secret, sizeof(secret)));
		memcpy(message + to, secret + randombytes_uniform(sizeof(secret) - 8), 8);
		message[sizeof(message) - 1] = '\0';
		if (to < sizeof(message) - 8)
			CHECK(is_withheld(message, secret, sizeof(secret)));
	}
}

/* A batch of the largest values that is refused with a long text holds up everybody. */
static void test_duration(void)
{
	static char secret[VALUE_CEILING];
	char message[400];
	clock_t before = clock();

	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = letter();
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = "abcdefghijklmnop qrstuvwxyz"[randombytes_uniform(27)];
	message[sizeof(message) - 1] = '\0';
	for (int i = 0; i < 70; i++)
		CHECK(!is_withheld(message, secret, sizeof(secret)));
	CHECK((clock() - before) / CLOCKS_PER_SEC < 1);
}

int main(void)
{
	bool locked;

	CHECK(sodium_init() >= 0);
	arena = arena_new((size_t)8 * 1024 * 1024, &locked);
	CHECK(arena);
	test_forms();
	test_request_id();
	test_places();
	test_duration();
	arena_free(arena);
	return unit_result();
}
