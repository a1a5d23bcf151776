/* SPDX-License-Identifier: MIT */
#include "../../fs/names.h"
#include "unit.h"

/* A name of so many bytes. */
static const char *name_of(size_t length)
{
	static char name[512];

	memset(name, 'a', length);
	name[length] = '\0';
	return name;
}

static void test_secret(void)
{
	CHECK(name_is_valid_secret("RESEND_API_KEY"));
	CHECK(name_is_valid_secret("_"));
	CHECK(name_is_valid_secret("a1"));
	CHECK(name_is_valid_secret(name_of(255)));
	CHECK(!name_is_valid_secret(name_of(256)));
	CHECK(!name_is_valid_secret(""));
	CHECK(!name_is_valid_secret("1A"));
	CHECK(!name_is_valid_secret("A-B"));
	CHECK(!name_is_valid_secret("A B"));
	CHECK(!name_is_valid_secret("A\n"));
	CHECK(!name_is_valid_secret(".env.swp"));
	CHECK(!name_is_valid_secret("4913"));
	CHECK(!name_is_valid_secret("KEY~"));
	CHECK(!name_is_valid_secret("CL\xc3\x89"));
}

static void test_script(void)
{
	CHECK(name_is_valid_script("hsx-acct-demo-acme-crm-deals"));
	CHECK(name_is_valid_script("this-is_my_Script-01"));
	CHECK(name_is_valid_script(name_of(NAME_SCRIPT_MAX)));
	CHECK(!name_is_valid_script(name_of(NAME_SCRIPT_MAX + 1)));
	CHECK(!name_is_valid_script(""));
	CHECK(!name_is_valid_script("a/b"));
	CHECK(!name_is_valid_script("a.b"));
	CHECK(!name_is_valid_script("a b"));
	CHECK(!name_is_valid_script("a?b"));
}

static void test_showable(void)
{
	CHECK(name_is_showable("a b%3F"));
	CHECK(name_is_showable("1\n"));
	CHECK(name_is_showable(name_of(255)));
	CHECK(!name_is_showable(name_of(256)));
	CHECK(!name_is_showable(""));
	CHECK(!name_is_showable("."));
	CHECK(!name_is_showable(".."));
	CHECK(!name_is_showable(".errors"));
	CHECK(!name_is_showable("a/b"));
}

static void test_directory(void)
{
	CHECK(name_is_valid_directory("acct_demo"));
	CHECK(name_is_valid_directory("Acme CRM"));
	CHECK(name_is_valid_directory("caf\xc3\xa9"));
	CHECK(name_is_valid_directory(name_of(255)));
	CHECK(!name_is_valid_directory(name_of(256)));
	CHECK(!name_is_valid_directory(".."));
	CHECK(!name_is_valid_directory("a/b"));
	CHECK(!name_is_valid_directory("a\nb"));
	CHECK(!name_is_valid_directory("a\x7f"));
	CHECK(!name_is_valid_directory("a\xc2\x9b"
				       "31m"));
}

static void test_slug(void)
{
	static const struct {
		const char *text, *slug;
	} cases[] = {
	    {"acct_demo", "acct-demo"}, {"Acme CRM", "acme-crm"},   {"deals", "deals"},
	    {"--a__b..c--", "a-b-c"},	{"caf\xc3\xa9 2", "caf-2"}, {"7", "7"},
	    {"a-/ _b", "a-b"},
	};
	char slug[16];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(name_slug(slug, sizeof(slug), cases[i].text));
		CHECK_TEXT(slug, cases[i].slug);
	}
	CHECK(!name_slug(slug, sizeof(slug), ""));
	CHECK(!name_slug(slug, sizeof(slug), "___"));
	CHECK(!name_slug(slug, sizeof(slug), "\xe6\x97\xa5"));
}

static void test_slug_room(void)
{
	char slug[4];

	CHECK(name_slug(slug, sizeof(slug), "abc"));
	CHECK_TEXT(slug, "abc");
	CHECK(name_slug(slug, sizeof(slug), "a_c"));
	CHECK_TEXT(slug, "a-c");
	CHECK(name_slug(slug, sizeof(slug), "abc_"));
	CHECK_TEXT(slug, "abc");
	CHECK(!name_slug(slug, sizeof(slug), "abcd"));
	CHECK(!name_slug(slug, sizeof(slug), "ab_c"));
	CHECK(!name_slug(slug, 1, "a"));
}

int main(void)
{
	test_secret();
	test_script();
	test_showable();
	test_directory();
	test_slug();
	test_slug_room();
	return unit_result();
}
