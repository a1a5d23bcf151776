/* SPDX-License-Identifier: MIT */
#include "../../fs/config.h"
#include "unit.h"
#include <stdlib.h>

/* What a configuration leaves to the control plane, and what it wants done with it. */

#define CONTROL \
	"\"control_plane\":{\"api\":\"https://c.example\",\"token\":{\"env\":\"HSX_TOKEN\"}}"
#define IDENTIFIER "0123456789abcdef0123456789abcdef"
#define CLOUDFLARE \
	"\"cloudflare\":{\"account_id\":\"" IDENTIFIER "\",\"token\":{\"env\":\"TOKEN\"}}"
#define FIFTY "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
#define BY_HAND "list production's scripts by hand in `environments.production.scripts`"

static struct config *parse(const char *text)
{
	char error[CONFIG_ERROR_SIZE] = "";
	struct config *config = config_parse("c.json", text, strlen(text), error);

	if (!config)
		printf("%s\n", error);
	return config;
}

/* Parses one account with these members. */
static struct config *parse_account(const char *members)
{
	char text[4096];

	snprintf(text, sizeof(text), "{\"accounts\":{\"acct_demo\":{%s}}}", members);
	return parse(text);
}

/* A control plane tells what the file leaves out. */
static void test_left_out(void)
{
	static const char *const texts[] = {
	    "{" CONTROL "}",
	    "{\"accounts\":{}," CONTROL "}",
	    "{\"accounts\":{\"a\":{}}," CONTROL "}",
	    "{\"accounts\":{\"a\":{\"projects\":{}}}," CONTROL "}",
	    "{\"accounts\":{\"a\":{" CONTROL "}}}",
	    "{\"accounts\":{\"a\":{\"projects\":{}," CONTROL "}}}",
	};

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct config *config = parse(texts[i]);

		CHECK(config && config->account_count == (i > 1));
		CHECK(config && !config->cloudflare.url);
		CHECK(config && (i > 3) == !config->control_plane.api.url);
		CHECK(config && (i < 2 || !config->accounts[0].project_count));
		CHECK(config && (i < 2 || (i > 3) == !!config->accounts[0].control_plane.api.url));
		config_free(config);
	}
}

/* What the three environments of a project make of its members: one letter for each. */
static void check_wishes(const char *members, const char *promote, const char *authoring)
{
	static const char letters[] = {'-', 'k', 'c'};
	char text[1024];
	struct config *config;

	snprintf(text, sizeof(text), CLOUDFLARE "," CONTROL ",\"projects\":{\"p\":{%s}}", members);
	config = parse_account(text);
	CHECK(config);
	for (unsigned i = 0; config && i < ENVIRONMENTS; i++) {
		const struct environment_config *environment =
		    &config->accounts[0].projects[0].environments[i];

		CHECK(environment->allow_promote == (promote[i] == 'p'));
		CHECK(letters[environment->authoring] == authoring[i]);
	}
	config_free(config);
}

static void test_wishes(void)
{
	check_wishes("", "---", "---");
	check_wishes("\"flags\":{},\"environments\":{\"dev\":{\"flags\":{}}}", "---", "---");
	check_wishes("\"allow_promote\":true,\"flags\":{\"authoring\":\"kv\"}", "ppp", "kkk");
	check_wishes("\"environments\":{\"dev\":{\"allow_promote\":true},"
		     "\"production\":{\"flags\":{\"authoring\":\"kv\"}}}",
		     "p--", "--k");
	check_wishes("\"environments\":{\"production\":{\"allow_promote\":false,"
		     "\"flags\":{\"authoring\":\"control_plane\"}}},"
		     "\"allow_promote\":true,\"flags\":{\"authoring\":\"kv\"}",
		     "pp-", "kkc");
}

/* The control plane at the top serves an account's promotions and flags. */
static void test_wishes_of_top(void)
{
	struct config *config =
	    parse("{\"accounts\":{\"a\":{\"projects\":{\"p\":{\"allow_promote\":true,"
		  "\"flags\":{\"authoring\":\"control_plane\"}}}}}," CONTROL "}");

	CHECK(config && config->accounts[0].projects[0].environments[DEV].allow_promote);
	config_free(config);
}

static void free_scripts(char **scripts, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		free(scripts[i]);
	free(scripts);
}

static void check_underivable(const char *project, const char *const *workers, size_t count,
			      const char *expected)
{
	char problem[CONFIG_ERROR_SIZE] = "", **scripts = NULL;
	unsigned made = 7;

	CHECK(
	    !config_derive_scripts("acct_demo", project, workers, count, &scripts, &made, problem));
	CHECK_TEXT(problem, expected);
	CHECK(!scripts && made == 0);
}

/* A project that the control plane told of gets the scripts that a written one would have. */
static void test_derive(void)
{
	static const char *const workers[] = {"deals", "New_Deals", "new--deals"};
	static const char *const unnamed[] = {"deals", "\x1b_"};
	const char *many[33];
	char problem[CONFIG_ERROR_SIZE] = "", **scripts;
	unsigned count;

	CHECK(
	    config_derive_scripts("acct_demo", "Acme CRM", workers, 2, &scripts, &count, problem));
	CHECK(count == 2);
	CHECK_TEXT(scripts[0], "hsx-acct-demo-acme-crm-deals");
	CHECK_TEXT(scripts[1], "hsx-acct-demo-acme-crm-new-deals");
	free_scripts(scripts, count);
	CHECK(config_derive_scripts("a", "p", NULL, 0, &scripts, &count, problem));
	CHECK(count == 0 && !scripts && !*problem);
	check_underivable(
	    "p", workers, 3,
	    "acct_demo/p: workers[2]: makes the same script's name as another worker, "
	    "`hsx-acct-demo-p-new-deals`; " BY_HAND);
	check_underivable("p", unnamed, 2,
			  "acct_demo/p: workers[1]: the names of account, project and worker must "
			  "each have a letter a-z or a digit to make a script's name; " BY_HAND);
	check_underivable("\x1b" FIFTY, workers, 1,
			  "acct_demo/?" FIFTY ": workers[0]: the script's name made from this "
			  "would have 70 bytes, and Cloudflare takes 63; " BY_HAND);
	for (unsigned i = 0; i < 33; i++)
		many[i] = "w";
	check_underivable("p", many, 33,
			  "acct_demo/p: workers: has 33 items; at most 32 are allowed");
}

int main(void)
{
	test_left_out();
	test_wishes();
	test_wishes_of_top();
	test_derive();
	return unit_result();
}
