/* SPDX-License-Identifier: MIT */
#include "../../backends/text.h"
#include "../../backends/outcome.h"
#include "unit.h"

/* Text that may be anything: what a terminal would act on, what is UTF-8, and where it is cut. */

static void check_flattened(const char *text, const char *expected)
{
	char buffer[40];

	snprintf(buffer, sizeof(buffer), "%s", text);
	text_flatten(buffer, strlen(buffer), '?');
	CHECK_TEXT(buffer, expected);
}

static void test_flatten(void)
{
	check_flattened("", "");
	check_flattened("a \xc3\xa9 \xc2\xa0 \xf0\x9f\x98\x80",
			"a \xc3\xa9 \xc2\xa0 \xf0\x9f\x98\x80");
	check_flattened("a\x1b[2J\x7f\n\t", "a?[2J???");
	check_flattened("\xc2\x80 \xc2\x9f \xc2\x9b"
			"1m",
			"?? ?? ??1m");
	check_flattened("\xe2\x80\xaa|\xe2\x80\xae|\xe2\x81\xa6|\xe2\x81\xa9", "???|???|???|???");
	check_flattened("\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xa8\xd8\x9c", "???????????");
	check_flattened("\xe2\x80\x8d\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
			"\xe2\x80\x8d\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa");
	check_flattened("\xe2\x80", "\xe2\x80");
	check_flattened("\xc2", "\xc2");
}

static void test_control(void)
{
	CHECK(!text_has_control("", 0));
	CHECK(!text_has_control("caf\xc3\xa9 \xe2\x80\xae", 9));
	CHECK(text_has_control("a\0b", 3));
	CHECK(text_has_control("a\n", 2));
	CHECK(text_has_control("\x7f", 1));
	CHECK(text_has_control("a\xc2\x85", 3));
	CHECK(!text_has_control("a\xc2\x85", 2));
	CHECK(!text_has_control("\xc2\xa0", 2));
}

static void test_utf8(void)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
	    {"", true},
	    {"abc", true},
	    {"\xc3\xa9", true},
	    {"\xe2\x82\xac", true},
	    {"\xf0\x9f\x98\x80", true},
	    {"\xf4\x8f\xbf\xbf", true},
	    {"\xc0\x80", false},
	    {"\xc1\xbf", false},
	    {"\xe0\x9f\xbf", false},
	    {"\xed\xa0\x80", false},
	    {"\xf0\x8f\xbf\xbf", false},
	    {"\xf4\x90\x80\x80", false},
	    {"\xf5\x80\x80\x80", false},
	    {"\x80", false},
	    {"\xe2\x82", false},
	    {"a\xc3", false},
	    {"\xe2\x82\x28", false},
	    {"\xff", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK(text_is_utf8(cases[i].text, strlen(cases[i].text)) == cases[i].good);
	CHECK(text_is_utf8("a\0b", 3));
}

static void test_cut(void)
{
	static const struct {
		const char *text;
		size_t ceiling, length;
	} cases[] = {
	    {"abc", 9, 3},
	    {"abc", 3, 3},
	    {"abc", 2, 2},
	    {"a\xc3\xa9", 3, 3},
	    {"a\xc3\xa9", 2, 1},
	    {"\xe2\x82\xac", 2, 0},
	    {"\xf0\x9f\x98\x80", 3, 0},
	    {"\xf0\x9f\x98\x80", 4, 4},
	    {"", 5, 0},
	};
	char text[16];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		strcpy(text, cases[i].text);
		text_cut(text, cases[i].ceiling);
		CHECK(strlen(text) == cases[i].length);
	}
}

/* A cut message is a text still: its end is not inside a character. */
static void test_messages(void)
{
	static const char euro[] = "\xe2\x82\xac", emoji[] = "\xf0\x9f\x98\x80";
	char text[700] = "";
	struct outcome outcome;

	for (int i = 0; i < 200; i++)
		strcat(text, euro);
	outcome = outcome_make(OUTCOME_BAD_VALUE, "%s", text);
	CHECK(strlen(outcome.message) == 399 && text_is_utf8(outcome.message, 399));
	outcome = outcome_make(OUTCOME_BAD_VALUE, "a%s", text);
	CHECK(strlen(outcome.message) == 397 && text_is_utf8(outcome.message, 397));
	outcome = outcome_advise(outcome, "%s", text);
	CHECK(strlen(outcome.advice) == 297 && text_is_utf8(outcome.advice, 297));
	outcome_prefix(&outcome, 300, emoji);
	CHECK(strlen(outcome.message) == 4 + 2 + 298);
	CHECK(!strncmp(outcome.message, "\xf0\x9f\x98\x80: a", 7));
	CHECK(text_is_utf8(outcome.message, strlen(outcome.message)));
	outcome = outcome_make(OUTCOME_BAD_VALUE, "short");
	outcome_prefix(&outcome, 300, "x");
	CHECK_TEXT(outcome.message, "x: short");
	CHECK(outcome.kind == OUTCOME_BAD_VALUE && !outcome.advice[0]);
}

int main(void)
{
	test_flatten();
	test_control();
	test_utf8();
	test_cut();
	test_messages();
	return unit_result();
}
