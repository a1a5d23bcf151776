/* SPDX-License-Identifier: MIT */
#include "../../fs/commit.h"
#include "../../fs/json_prefix.h"
#include "unit.h"
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

static bool whole(const char *text)
{
	return commit_is_whole(text, strlen(text));
}

/* One byte repeated, with a tail; the caller frees it. */
static char *filled(char byte, size_t length, const char *tail)
{
	char *text = malloc(length + strlen(tail) + 1);

	if (!text)
		abort();
	memset(text, byte, length);
	strcpy(text + length, tail);
	return text;
}

static bool filled_is_whole(size_t length, const char *tail)
{
	char *text = filled('k', length, tail);
	bool result = whole(text);

	free(text);
	return result;
}

static void test_plain(void)
{
	CHECK(!whole(""));
	CHECK(whole("key"));
	CHECK(whole("key\n"));
	CHECK(whole("key\r\n"));
	CHECK(whole("\n"));
	CHECK(whole("a\rb\n"));
	CHECK(!whole("one\ntwo"));
	CHECK(!whole("one\ntwo\n"));
	CHECK(!whole("key\n\n"));
	CHECK(whole("{x"));
	CHECK(whole("{x\n"));
	CHECK(whole("[secret]\n"));
	CHECK(whole("{{x}}"));
	CHECK(!whole("{\"a\":1}\n{\"b\":2}\n"));
}

static void test_lengths(void)
{
	for (size_t length = 1; length < 5000; length++) {
		CHECK(filled_is_whole(length, "") == (length % 512 != 0));
		CHECK(filled_is_whole(length, "\n"));
		CHECK(filled_is_whole(length, "\r\n"));
		CHECK(!filled_is_whole(length, "\nx\n"));
	}
}

/* A JSON string of so many bytes in all. */
static bool json_of_length_is_whole(size_t length, const char *tail)
{
	char *text = filled('k', length, tail);

	memcpy(text, "[\"", 2);
	memcpy(text + length - 2, "\"]", 2);
	bool result = whole(text);
	free(text);
	return result;
}

static bool pem_of_length_is_whole(size_t length, const char *tail)
{
	static const char begin[] = "-----BEGIN X-----\n", end[] = "\n-----END X-----";
	char *text = filled('k', length, tail);

	memcpy(text, begin, strlen(begin));
	memcpy(text + length - strlen(end), end, strlen(end));
	bool result = whole(text);
	free(text);
	return result;
}

static void test_piece_boundaries(void)
{
	for (size_t length = 500; length < 2100; length++) {
		CHECK(json_of_length_is_whole(length, "") == (length % 512 != 0));
		CHECK(json_of_length_is_whole(length, "\n"));
		CHECK(pem_of_length_is_whole(length, "") == (length % 512 != 0));
		CHECK(pem_of_length_is_whole(length, "\n"));
	}
}

static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
			  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKB\n"
			  "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu\n"
			  "NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZ\n"
			  "-----END PRIVATE KEY-----\n";

static void test_pem_prefixes(void)
{
	size_t length = strlen(pem);

	for (size_t cut = 0; cut < length - 1; cut++)
		CHECK(!commit_is_whole(pem, cut));
	CHECK(commit_is_whole(pem, length - 1));
	CHECK(commit_is_whole(pem, length));
}

static void test_pem_with_crlf(void)
{
	static const char text[] = "-----BEGIN X-----\r\nAAAA\r\n-----END X-----\r\n";
	size_t length = strlen(text);

	for (size_t cut = 0; cut < length - 2; cut++)
		CHECK(!commit_is_whole(text, cut));
	CHECK(commit_is_whole(text, length - 2));
	CHECK(!commit_is_whole(text, length - 1));
	CHECK(commit_is_whole(text, length));
}

static void test_pem_shapes(void)
{
	CHECK(whole("-----BEGIN X-----\nAAAA\n-----END X-----"));
	CHECK(whole("-----BEGIN X-----\nAAAA\n-----END X-----\n\n\r\n"));
	CHECK(whole("-----BEGIN X-----\\nAAAA\\n-----END X-----\\n"));
	CHECK(whole("-----BEGIN X-----\\nAAAA\\n-----END X-----\\n\n"));
	CHECK(whole("-----BEGIN X-----\\r\\nAAAA\\r\\n-----END X-----\\r\\n"));
	CHECK(whole("-----BEGIN X----- AAAA -----END X-----\n"));
	CHECK(!whole("-----BEGIN X-----\\nAAAA\\n-----END X-----\\"));
	CHECK(!whole("-----BEGIN X-----\nAAAA\n-----END Y-----\n"));
	CHECK(!whole("-----BEGIN X-----\nAAAA\n-----END X-----\nand more\n"));
	CHECK(!whole("-----BEGIN X-----\nAAAA\n-----END X-----more\n"));
	CHECK(!whole("-----BEGIN X-----\nAAAA\n-----END X-----\n-----BEGIN X-----\n"));
	CHECK(!whole("-----BEGIN X-----\nAAAA\n-----END X-----\n-----BEGIN Y-----\nB\n"
		     "-----END X-----\n"));
	CHECK(whole("-----BEGIN X-----\nA\n-----END X-----\n-----BEGIN Y-----\nB\n"
		    "-----END Y-----\n"));
	CHECK(whole("-----BEGIN PGP SIGNED MESSAGE-----\nhello\n-----BEGIN PGP SIGNATURE-----\n"
		    "AAAA\n-----END PGP SIGNATURE-----\n"));
	CHECK(!whole("-----BEGIN PGP SIGNED MESSAGE-----\nhello\n"));
}

static void test_almost_pem(void)
{
	CHECK(whole("-----BEGINNING-----\n"));
	CHECK(whole("-----BEGIN X\n"));
	CHECK(whole("-----BEGIN X----\n"));
	CHECK(whole("----- BEGIN X -----\n"));
	CHECK(!whole("-----BEGIN X"));
	CHECK(!whole("-----BEGIN X\nAAAA\n"));
	CHECK(whole("-----END X-----\n"));
	CHECK(whole("x-----BEGIN X-----\n"));
}

/* No prefix of these is whole, and all of them are. */
static const char *const json_texts[] = {
    "{}",
    "[]",
    "[ ]",
    "{ \"a\" : 1 }",
    "[1, -2.5e+10, 0, -0, 0.5, 1E5, true, false, null, \"x\"]",
    "{\"type\": \"service_account\",\n  \"key\": \"-----BEGIN X-----\\nAA\\n\",\n \"n\": [{}]}",
    "[\"\\u00e9\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
    "[\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \x7f\"]",
    "{\"a\":{\"b\":{\"c\":[[[[]]]]}}}",
    "{\"\":\"\"}",
};

static void test_json_prefixes(void)
{
	for (size_t index = 0; index < sizeof(json_texts) / sizeof(*json_texts); index++) {
		const char *text = json_texts[index];
		size_t length = strlen(text);

		for (size_t cut = 1; cut < length; cut++) {
			CHECK(json_prefix(text, cut) == JSON_PREFIX);
			CHECK(!commit_is_whole(text, cut));
		}
		CHECK(json_prefix(text, length) == JSON_WHOLE);
		CHECK(commit_is_whole(text, length));
	}
}

static void test_json_never(void)
{
	static const char *const texts[] = {
	    "{x",    "{,",    "{1",	  "{\"a\",",  "{\"a\"}",    "{\"a\":}",	 "{\"a\":1,}",
	    "{]",    "[}",    "[,",	  "[1,]",     "[1 2",	    "[01",	 "[1.]",
	    "[.5",   "[+1",   "[-]",	  "[1e]",     "[--1",	    "[tru]",	 "[True",
	    "[nul,", "[\"\n", "[\"\t\"]", "[\"\\x",   "[\"\\u12g",  "[]]",	 "{}{",
	    "[] x",  "['a']", "[\v1]",	  "{\"a\" 1", "{\"a\"::",   "[\x01",	 "{\"a\":1}}",
	    "{a:1}", "[1.e5", "[0x",	  "[NaN",     "[1]\n[2]\n", "[\xc2\xa0", "[//",
	};

	for (size_t index = 0; index < sizeof(texts) / sizeof(*texts); index++)
		CHECK(json_prefix(texts[index], strlen(texts[index])) == JSON_NEVER);
}

static void test_json_ends(void)
{
	CHECK(whole("{\"a\":1}\n"));
	CHECK(whole("{\n\"a\":1\n}\n \r\n\t"));
	CHECK(whole("{\"a\":1} x\n"));
	CHECK(!whole("{\"a\":1,\n"));
	CHECK(!whole("{\n"));
	CHECK(!whole("[12"));
}

static enum json_prefix nested(size_t depth)
{
	char *text = filled('[', depth, "");
	enum json_prefix open = json_prefix(text, depth);
	char *closed = filled('[', 2 * depth, "");

	memset(closed + depth, ']', depth);
	enum json_prefix result = json_prefix(closed, 2 * depth);
	CHECK((open == JSON_NEVER) == (result == JSON_NEVER));
	free(closed);
	free(text);
	return result;
}

static void test_json_depth(void)
{
	CHECK(nested(1) == JSON_WHOLE);
	CHECK(nested(JSON_DEPTH_CEILING) == JSON_WHOLE);
	CHECK(nested(JSON_DEPTH_CEILING + 1) == JSON_NEVER);
	CHECK(nested(60000) == JSON_NEVER);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Changes a text at a few places: a byte put in, taken out or replaced. */
static size_t mutate(char *text, size_t length, uint32_t *state)
{
	static const char alphabet[] = "{}[]\",:\\ \n/bfnrtu0123456789aeE+-.lse\x01";

	for (uint32_t changes = next_random(state) % 4; changes > 0; changes--) {
		size_t place = next_random(state) % (length + 1);
		char byte = alphabet[next_random(state) % (sizeof(alphabet) - 1)];
		uint32_t kind = next_random(state) % 3;

		if (kind == 0) {
			memmove(text + place + 1, text + place, length - place);
			text[place] = byte;
			length++;
		} else if (place < length && kind == 1) {
			text[place] = byte;
		} else if (place < length) {
			memmove(text + place, text + place + 1, length - place - 1);
			length--;
		}
	}
	return length;
}

/* jansson is stricter than the grammar in what it can hold: numbers' range, NUL, surrogates. */
static bool is_beyond_grammar(const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	return code == json_error_numeric_overflow || code == json_error_null_character ||
	       code == json_error_null_byte_in_key || code == json_error_invalid_utf8 ||
	       strstr(error->text, "Unicode");
}

static void compare_with_jansson(const char *text, size_t length, unsigned *accepted)
{
	json_error_t error;
	json_t *json = json_loadb(text, length, JSON_ALLOW_NUL, &error);
	enum json_prefix ours = json_prefix(text, length);

	if (json) {
		(*accepted)++;
		CHECK(ours == JSON_WHOLE);
		for (size_t cut = 0; cut < length; cut++)
			CHECK(json_prefix(text, cut) != JSON_NEVER);
	} else if (!is_beyond_grammar(&error)) {
		CHECK(ours != JSON_WHOLE);
	}
	json_decref(json);
}

static void test_json_against_jansson(void)
{
	uint32_t state = 2463534242u;
	unsigned accepted = 0, tries = 60000;

	for (unsigned try = 0; try < tries; try++) {
		char text[256];
		size_t count = sizeof(json_texts) / sizeof(*json_texts);
		const char *seed = json_texts[next_random(&state) % count];
		size_t length = strlen(seed);

		memcpy(text, seed, length);
		length = mutate(text, length, &state);
		compare_with_jansson(text, length, &accepted);
	}
	CHECK(accepted > tries / 10);
	CHECK(accepted < tries - tries / 10);
}

struct utf8_row {
	const char *bytes;
	bool problem; /* before the end is known */
	bool cut;
};

static const struct utf8_row utf8_rows[] = {
    {"\xc3\xa9", false, false},
    {"\xe2\x82\xac", false, false},
    {"\xf0\x9f\x98\x80", false, false},
    {"\xf4\x8f\xbf\xbf", false, false},
    {"\xed\x9f\xbf", false, false},
    {"\xee\x80\x80", false, false},
    {"a\xc3", false, true},
    {"a\xe2", false, true},
    {"a\xe2\x82", false, true},
    {"a\xf0\x9f", false, true},
    {"a\xf0\x9f\x98", false, true},
    {"\xf4\x8f", false, true},
    {"\xc0\x80", true, false},
    {"\xc1\xbf", true, false},
    {"\xe0\x80\x80", true, false},
    {"\xe0\x9f\xbf", true, false},
    {"\xf0\x80\x80\x80", true, false},
    {"\xf0\x8f\xbf\xbf", true, false},
    {"\xed\xa0\x80", true, false},
    {"\xed\xbf\xbf", true, false},
    {"\xed\xa0", true, false},
    {"\xf4\x90\x80\x80", true, false},
    {"\xf4\x90", true, false},
    {"\xf5", true, false},
    {"\xff", true, false},
    {"\x80", true, false},
    {"\xbf\n", true, false},
    {"a\xc3\n", true, false},
    {"\xe2\x28\xa1", true, false},
    {"caf\xe9\n", true, false},
};

static void test_utf8(void)
{
	for (size_t index = 0; index < sizeof(utf8_rows) / sizeof(*utf8_rows); index++) {
		const struct utf8_row *row = &utf8_rows[index];
		size_t length = strlen(row->bytes), stored = 99;

		CHECK((commit_problem_so_far(row->bytes, length) != NULL) == row->problem);
		CHECK((commit_problem("X", row->bytes, length, NEWLINE_STRIP1, &stored) != NULL) ==
		      (row->problem || row->cut));
		CHECK(stored == (row->problem || row->cut ? 0 : length));
		if (!row->problem)
			CHECK(commit_is_whole(row->bytes, length) == !row->cut);
	}
}

static void test_problem_so_far(void)
{
	CHECK(!commit_problem_so_far("", 0));
	CHECK(!commit_problem_so_far("key", 3));
	CHECK(!commit_problem_so_far(" key", 4));
	CHECK(commit_problem_so_far("", 1));
	CHECK(commit_problem_so_far("a\0b", 3));
	CHECK(commit_problem_so_far("hsxfs: write-only secret X\n", 27));
	CHECK(commit_problem_so_far("hsxfs: write-only secret ", 25));
	CHECK(commit_problem_so_far("hsxfs: write-only", 17));
	CHECK(!commit_problem_so_far("hsxfs: write-onl", 16));
	CHECK(!commit_problem_so_far("write-only secret X", 19));
	CHECK(commit_problem_so_far("x hsxfs: write-only secret ", 27));
}

#define REFUSED SIZE_MAX

/* How many bytes are stored of the text under each of the three rules. */
struct newline_row {
	const char *text;
	size_t strip1, keep, trim;
};

static const struct newline_row newline_rows[] = {
    {"key", 3, 3, 3},
    {"key\n", 3, 4, 3},
    {"key\r\n", 3, 5, 3},
    {"key\n\n", 5, 5, 3},
    {"key\r\r\n", REFUSED, 6, 3},
    {"key\r", REFUSED, 4, 3},
    {"a\rb\n", 3, 4, 3},
    {"one\ntwo", 7, 7, 7},
    {"one\ntwo\n", 8, 8, 7},
    {"one\r\ntwo\r\n", 10, 10, 8},
    {" one\ntwo \n", 10, 10, 8},
    {"", REFUSED, REFUSED, REFUSED},
    {"\n", REFUSED, 1, REFUSED},
    {"\r\n", REFUSED, 2, REFUSED},
    {"\n\n", REFUSED, 2, REFUSED},
    {" ", REFUSED, 1, REFUSED},
    {"key \n", REFUSED, 5, 3},
    {"key\t", REFUSED, 4, 3},
    {" key\n", REFUSED, 5, 4},
    {"a b", 3, 3, 3},
    {"key\v", REFUSED, 4, 3},
    {"key\f\n", REFUSED, 5, 3},
    {"key\xc2\xa0", REFUSED, 5, 3},
    {"key\xe1\x9a\x80", REFUSED, 6, 3},
    {"key\xe2\x80\x80", REFUSED, 6, 3},
    {"key\xe2\x80\x8a", REFUSED, 6, 3},
    {"key\xe2\x80\x8b", 6, 6, 6},
    {"key\xe2\x80\xa8\n", REFUSED, 7, 3},
    {"key\xe2\x80\xa9 \n", REFUSED, 8, 3},
    {"key\xe2\x80\xaf", REFUSED, 6, 3},
    {"key\xe2\x81\x9f", REFUSED, 6, 3},
    {"key\xe3\x80\x80", REFUSED, 6, 3},
    {"key\xef\xbb\xbf", REFUSED, 6, 3},
    {"\xef\xbb\xbfkey\n", REFUSED, 7, 6},
    {"\xc2\xa0key", REFUSED, 5, 5},
    {"key\xc2\x85", 5, 5, 5},
    {"key\xe1\xa0\x8e", 6, 6, 6},
    {"\xc2\xa1\n", 2, 3, 2},
};

static size_t stored_length(const char *text, enum newline_rule rule)
{
	size_t stored = 12345;
	const char *problem = commit_problem("X", text, strlen(text), rule, &stored);

	CHECK(!problem || stored == 0);
	return problem ? REFUSED : stored;
}

static void test_newline_rules(void)
{
	for (size_t index = 0; index < sizeof(newline_rows) / sizeof(*newline_rows); index++) {
		const struct newline_row *row = &newline_rows[index];

		CHECK(stored_length(row->text, NEWLINE_STRIP1) == row->strip1);
		CHECK(stored_length(row->text, NEWLINE_KEEP) == row->keep);
		CHECK(stored_length(row->text, NEWLINE_TRIM) == row->trim);
	}
}

static void test_messages_name_the_option(void)
{
	size_t stored;
	const char *before = commit_problem("X", " key", 4, NEWLINE_STRIP1, &stored);
	const char *after = commit_problem("X", "key ", 4, NEWLINE_STRIP1, &stored);

	CHECK(before && strstr(before, "newline=trim") && strstr(before, "newline=keep"));
	CHECK(after && strstr(after, "newline=trim") && strstr(after, "newline=keep"));
	CHECK(commit_problem("X", "a\0b", 3, NEWLINE_KEEP, &stored));
	CHECK(commit_problem("X", PLACEHOLDER_PREFIX "X", 26, NEWLINE_KEEP, &stored));
	CHECK(commit_problem("X", "export " PLACEHOLDER_PREFIX "X", 33, NEWLINE_KEEP, &stored));
	CHECK(commit_problem("X", "new\n" PLACEHOLDER_PREFIX "X\n", 31, NEWLINE_STRIP1, &stored));
	CHECK(commit_problem("X", "write-only secret X", 19, NEWLINE_STRIP1, &stored));
	CHECK(commit_problem("X", "write-only secret Y, write-only secret X.", 41, NEWLINE_KEEP,
			     &stored));
	CHECK(!commit_problem("X", "write-only secrets", 18, NEWLINE_STRIP1, &stored));
	CHECK(!commit_problem("X", "my write-only secret key", 24, NEWLINE_STRIP1, &stored));
	CHECK(!commit_problem("X", "write-only secret X1", 20, NEWLINE_STRIP1, &stored));
	CHECK(!commit_problem("X", "write-only secret ", 18, NEWLINE_KEEP, &stored));
}

int main(void)
{
	test_plain();
	test_lengths();
	test_piece_boundaries();
	test_pem_prefixes();
	test_pem_with_crlf();
	test_pem_shapes();
	test_almost_pem();
	test_json_prefixes();
	test_json_never();
	test_json_ends();
	test_json_depth();
	test_json_against_jansson();
	test_utf8();
	test_problem_so_far();
	test_newline_rules();
	test_messages_name_the_option();
	return unit_result();
}
