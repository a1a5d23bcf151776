/* SPDX-License-Identifier: MIT */
#include "../../backends/control_paths.h"
#include "../../backends/control_reply.h"
#include "../../backends/control_time.h"
#include "unit.h"
#include <stdlib.h>

/* ---- templates ---- */

static void test_own_templates(void)
{
	for (enum control_path path = 0; path < CONTROL_PATHS; path++)
		CHECK(!control_path_problem(path, control_path_types[path].template));
	CHECK_TEXT(control_path_types[CONTROL_ROLLBACK].template,
		   "/v0/accounts/{account}/projects/{project}/rollback");
	CHECK_TEXT(control_path_types[CONTROL_FLAG].template,
		   "/v0/accounts/{account}/projects/{project}/environments/{environment}/apps/{app}"
		   "/flags/{flag}");
}

static void test_template_problems(void)
{
	CHECK(!control_path_problem(CONTROL_ACCOUNTS, "/"));
	CHECK(!control_path_problem(CONTROL_PROJECTS, "/x/~{account}%2Fp.../..a"));
	CHECK(!control_path_problem(CONTROL_ROUTES, "/{project}/of/{account}"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, ""));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "accounts"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/a?b=c"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/a#b"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/a b"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/a\n"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/caf\xc3\xa9"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/a/../b"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/a/."));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/{account}"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/{"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/}"));
	CHECK(control_path_problem(CONTROL_ACCOUNTS, "/{}"));
	CHECK(control_path_problem(CONTROL_PROJECTS, "/"));
	CHECK(control_path_problem(CONTROL_PROJECTS, "/{account}/{account}"));
	CHECK(control_path_problem(CONTROL_PROJECTS, "/{account}/{nonsense}"));
	CHECK(control_path_problem(CONTROL_PROJECTS, "/{account"));
	CHECK(control_path_problem(CONTROL_ROUTES, "/{account}"));
}

static void test_fill(void)
{
	const char *names[CONTROL_NAMES] = {
	    [CONTROL_NAME_ACCOUNT] = "a/b?", [CONTROL_NAME_PROJECT] = "Acme \xc3\xa9"};
	char path[40];

	CHECK(control_path_fill(path, sizeof(path), "/x/{account}/{project}/y", names));
	CHECK_TEXT(path, "/x/a%2Fb%3F/Acme%20%C3%A9/y");
	CHECK(!control_path_fill(path, 20, "/x/{account}/{project}/y", names));
	CHECK(!control_path_fill(path, 4, "/x/y", names));
	CHECK(control_path_fill(path, 5, "/x/y", names));
	CHECK(!control_path_fill(path, sizeof(path), "/{deploy}", names));
	CHECK(!control_path_fill(path, sizeof(path), "/{nonsense}", names));
	names[CONTROL_NAME_ACCOUNT] = "..";
	CHECK(!control_path_fill(path, sizeof(path), "/{account}/x", names));
	names[CONTROL_NAME_ACCOUNT] = "";
	CHECK(!control_path_fill(path, sizeof(path), "/{account}/x", names));
	names[CONTROL_NAME_ACCOUNT] = "...";
	CHECK(control_path_fill(path, sizeof(path), "/{account}/x", names));
	CHECK_TEXT(path, "/.../x");
}

/* ---- times ---- */

static void test_time(void)
{
	CHECK(control_time("1970-01-01T00:00:00Z") == 0);
	CHECK(control_time("2026-06-11T14:02:11.000Z") == 1781186531);
	CHECK(control_time("2026-06-11T16:02:11.9999999999999999999+02:00") == 1781186531);
	CHECK(control_time("2026-06-11t08:32:11-05:30") == 1781186531);
	CHECK(control_time("2000-02-29T00:00:00z") == 951782400);
	CHECK(control_time("2024-02-29T23:59:59-00:00") == 1709251199);
	CHECK(control_time("9999-12-31T23:59:59Z") == 253402300799);
	CHECK(control_time("1970-01-01T00:00:00+00:01") == -1);
	CHECK(control_time("1970-01-01T00:30:00-23:59") == 88140);
	CHECK(control_time("2016-12-31T23:59:60Z") == 1483228800);
	CHECK(control_time("2017-01-01T00:59:60+01:00") == 1483228800);
}

static void test_no_time(void)
{
	static const char *const texts[] = {
	    "",
	    "now",
	    "2026-06-11",
	    "2026-06-11T14:02:11",
	    "2026-06-11 14:02:11Z",
	    "2026-06-11T14:02Z",
	    "2026-06-11T14:02:11.Z",
	    "2026-06-11T14:02:11,5Z",
	    "2026-06-11T14:02:11Zx",
	    "2026-06-11T14:02:11Z\n",
	    " 2026-06-11T14:02:11Z",
	    "2026-06-11T14:02:11+0200",
	    "2026-06-11T14:02:11+2:00",
	    "2026-06-11T14:02:11+24:00",
	    "2026-06-11T14:02:11+02:60",
	    "2026-06-11T24:00:00Z",
	    "2026-06-11T14:60:00Z",
	    "2026-06-11T14:02:61Z",
	    "2026-06-11T14:02:60Z",
	    "2026-00-11T14:02:11Z",
	    "2026-13-11T14:02:11Z",
	    "2026-06-00T14:02:11Z",
	    "2026-06-31T14:02:11Z",
	    "2026-02-29T14:02:11Z",
	    "2100-02-29T14:02:11Z",
	    "1969-12-31T23:59:59Z",
	    "02026-06-11T14:02:11Z",
	    "-026-06-11T14:02:11Z",
	    "+2026-06-11T14:02:11Z",
	    "2026-6-11T14:02:11Z",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CHECK(control_time(texts[i]) == -1);
	CHECK(control_time(NULL) == -1);
}

/* Every day of eight centuries follows the one before. */
static void test_all_days(void)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t expected = 0, wrong = 0;
	char text[40];

	for (int year = 1970; year < 2770; year++)
		for (int month = 1; month <= 12; month++) {
			bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
			int last = days[month - 1] + (month == 2 && leap);

			for (int day = 1; day <= last; day++, expected += 86400) {
				snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", year,
					 month, day);
				wrong += control_time(text) != expected;
			}
		}
	CHECK(wrong == 0);
}

/* ---- answers ---- */

static struct outcome outcome_of(int status, const char *body, json_t **json)
{
	struct http_reply reply = {
	    .status = status, .body = body, .length = strlen(body), .request_id = ""};

	return control_outcome(&reply, json);
}

static enum outcome_kind refusal(int status, const char *code)
{
	char body[200];
	json_t *json = NULL;
	struct outcome outcome;

	snprintf(body, sizeof(body), "{\"ok\":false,\"error\":\"%s\",\"message\":\"why\"}", code);
	outcome = outcome_of(status, body, &json);
	CHECK(!json);
	CHECK(outcome.http_status == status);
	CHECK_TEXT(outcome.message, "why");
	return outcome.kind;
}

static void test_refusals(void)
{
	CHECK(refusal(400, "invalid") == OUTCOME_BAD_VALUE);
	CHECK(refusal(401, "unauthorized") == OUTCOME_TOKEN_REFUSED);
	CHECK(refusal(403, "forbidden") == OUTCOME_NOT_ALLOWED);
	CHECK(refusal(404, "not_found") == OUTCOME_NOT_FOUND);
	CHECK(refusal(405, "method_not_allowed") == OUTCOME_BAD_REPLY);
	CHECK(refusal(409, "environment_mismatch") == OUTCOME_BAD_VALUE);
	CHECK(refusal(409, "not_healthy") == OUTCOME_GATE_CLOSED);
	CHECK(refusal(409, "route_changed") == OUTCOME_GATE_CLOSED);
	CHECK(refusal(409, "version_conflict") == OUTCOME_CONFLICT);
	CHECK(refusal(409, "exists") == OUTCOME_NAME_TAKEN);
	CHECK(refusal(409, "something_new") == OUTCOME_GATE_CLOSED);
	CHECK(refusal(412, "precondition") == OUTCOME_CONFLICT);
	CHECK(refusal(413, "too_large") == OUTCOME_TOO_LARGE);
	CHECK(refusal(422, "invalid") == OUTCOME_BAD_VALUE);
	CHECK(refusal(423, "locked") == OUTCOME_GATE_CLOSED);
	CHECK(refusal(429, "rate_limited") == OUTCOME_RATE_LIMITED);
	CHECK(refusal(500, "exists") == OUTCOME_SERVER_ERROR);
	CHECK(refusal(200, "exists") == OUTCOME_BAD_REPLY);
}

static void test_unlinked(void)
{
	json_t *json;
	struct outcome outcome = outcome_of(
	    409, "{\"ok\":false,\"error\":\"unlinked\",\"message\":\"not linked\"}", &json);

	CHECK(outcome.kind == OUTCOME_GATE_CLOSED);
	CHECK_TEXT(outcome.message, "not linked");
	CHECK_TEXT(outcome.advice, "run hs-x link");
}

static void test_messages(void)
{
	json_t *json;
	struct outcome outcome = outcome_of(404,
					    "{\"ok\":false,\"error\":\"no\",\"message\":"
					    "\"a\\n\\u001b[2J\\u009b1mb\\u007f\\u202e\"}",
					    &json);
	char body[1200] = "{\"ok\":false,\"error\":\"no\",\"message\":\"x";

	CHECK_TEXT(outcome.message, "a  [2J  1mb    ");
	outcome = outcome_of(404, "{\"ok\":false,\"error\":\"no_such\"}", &json);
	CHECK_TEXT(outcome.message, "no_such");
	outcome =
	    outcome_of(404, "{\"ok\":false,\"error\":\"no\",\"message\":\"a\\u0000b\"}", &json);
	CHECK(outcome.kind == OUTCOME_NOT_FOUND);
	CHECK_TEXT(outcome.message, "no");
	for (int i = 0; i < 250; i++)
		strcat(body, "\xf0\x9f\x98\x80");
	outcome = outcome_of(404, strcat(body, "\"}"), &json);
	CHECK(strlen(outcome.message) == 397);
	CHECK(!strcmp(outcome.message + 393, "\xf0\x9f\x98\x80"));
}

static void check_not_the_api(int status, const char *body)
{
	json_t *json;
	struct outcome outcome = outcome_of(status, body, &json);

	CHECK(!json);
	CHECK(outcome.kind == OUTCOME_BAD_REPLY);
	CHECK(outcome.http_status == status);
	CHECK(strstr(outcome.advice, "paths"));
}

static void test_other_servers(void)
{
	json_t *json;

	check_not_the_api(404, "<html>404</html>");
	check_not_the_api(404, "{\"error\":\"Not Found\"}");
	check_not_the_api(404, "{\"ok\":false}");
	check_not_the_api(403, "");
	check_not_the_api(412, "{\"ok\":false,\"error\":\"\"}");
	check_not_the_api(301, "{\"ok\":false,\"error\":\"not_found\"}");
	check_not_the_api(200, "<html>sign in</html>");
	check_not_the_api(200, "");
	check_not_the_api(204, "x");
	check_not_the_api(200, "{\"a\":1,\"a\":2}");
	check_not_the_api(200, "{\"a\":1");
	check_not_the_api(200, "{\"a\":\"\xff\"}");
	CHECK(outcome_of(502, "<html>", &json).kind == OUTCOME_SERVER_ERROR);
	CHECK(outcome_of(204, "", &json).kind == OUTCOME_OK);
	CHECK(!json);
}

/* A text that repeats a piece between a beginning and an end; the caller frees it. */
static char *repeated(const char *begin, const char *piece, size_t times, const char *end)
{
	char *text = malloc(strlen(begin) + times * strlen(piece) + strlen(end) + 1);
	char *place = stpcpy(text, begin);

	while (times-- > 0)
		place = stpcpy(place, piece);
	strcpy(place, end);
	return text;
}

static enum outcome_kind kind_of(char *body)
{
	json_t *json, *items;
	const char *next;
	struct outcome outcome = outcome_of(200, body, &json);

	if (outcome.kind == OUTCOME_OK)
		outcome = control_page(json, NULL, &items, &next);
	json_decref(json);
	free(body);
	return outcome.kind;
}

static void test_too_much(void)
{
	CHECK(kind_of(repeated("[", "{},", CONTROL_ITEMS_MAX - 1, "{}]")) == OUTCOME_OK);
	CHECK(kind_of(repeated("[", "{},", CONTROL_ITEMS_MAX, "{}]")) == OUTCOME_BAD_REPLY);
	CHECK(kind_of(repeated("[", "{},", 1000000, "{}]")) == OUTCOME_BAD_REPLY);
	CHECK(kind_of(repeated("", "[", 100000, "")) == OUTCOME_BAD_REPLY);
	CHECK(kind_of(repeated("[", "0,", 2000000, "0]")) == OUTCOME_BAD_REPLY);
	CHECK(kind_of(repeated("[\"", ",[{\\\"", 500000, "\"]")) == OUTCOME_OK);
}

/* ---- pages ---- */

/* A page's items, with what they are borrowed from. */
struct page {
	json_t *json, *items;
	const char *next;
	struct outcome outcome;
};

static struct page page_of(const char *body, const char *cursor)
{
	struct page page = {.json = NULL};

	page.outcome = outcome_of(200, body, &page.json);
	if (page.outcome.kind == OUTCOME_OK)
		page.outcome = control_page(page.json, cursor, &page.items, &page.next);
	return page;
}

static bool next_is(const char *body, const char *cursor, const char *next)
{
	struct page page = page_of(body, cursor);
	bool same = page.outcome.kind == OUTCOME_OK &&
		    (next ? page.next && !strcmp(page.next, next) : !page.next);

	json_decref(page.json);
	return same;
}

static bool is_no_page(const char *body)
{
	struct page page = page_of(body, NULL);

	json_decref(page.json);
	return page.outcome.kind == OUTCOME_BAD_REPLY;
}

static void test_cursors(void)
{
	char *body;

	CHECK(next_is("[]", NULL, NULL));
	CHECK(next_is("{\"items\":[]}", NULL, NULL));
	CHECK(next_is("{\"items\":[],\"nextCursor\":null}", NULL, NULL));
	CHECK(next_is("{\"items\":[],\"nextCursor\":\"\"}", NULL, NULL));
	CHECK(next_is("{\"items\":[],\"nextCursor\":\"b=&\"}", "a", "b=&"));
	CHECK(next_is("{\"items\":[],\"nextCursor\":7}", NULL, "7"));
	CHECK(next_is("{\"items\":[],\"nextCursor\":\"a\"}", "a", NULL));
	CHECK(is_no_page("{\"items\":[],\"nextCursor\":true}"));
	CHECK(is_no_page("{\"items\":[],\"nextCursor\":-1}"));
	CHECK(is_no_page("{\"items\":[],\"nextCursor\":\"a\\u0000b\"}"));
	CHECK(is_no_page("{\"items\":[],\"nextCursor\":\"a\\nb\"}"));
	CHECK(is_no_page("{\"items\":{}}"));
	CHECK(is_no_page("{}"));
	CHECK(is_no_page("null"));
	body = repeated("{\"items\":[],\"nextCursor\":\"", "c", CONTROL_CURSOR_MAX + 1, "\"}");
	CHECK(is_no_page(body));
	free(body);
}

static void test_accounts(void)
{
	struct page page = page_of(
	    "[{\"accountId\":\"acct_demo\",\"cloudflareAccountId\":null},"
	    "{\"accountId\":12,\"cloudflareAccountId\":\"cf\",\"x\":{\"y\":[1]}},"
	    "{\"accountId\":\"a\\u0000b\"},{\"accountId\":\"..\"},{\"accountId\":\"\"},{},null,3,"
	    "\"x\",[],{\"accountId\":true},{\"accountId\":-3},{\"accountId\":\"a\\nb\"}]",
	    NULL);
	size_t count;
	struct control_account *accounts = control_read_accounts(page.items, &count);

	CHECK(count == 3);
	CHECK_TEXT(accounts[0].id, "acct_demo");
	CHECK(!accounts[0].cloudflare_account_id);
	CHECK_TEXT(accounts[1].id, "12");
	CHECK_TEXT(accounts[1].cloudflare_account_id, "cf");
	CHECK_TEXT(accounts[2].id, "..");
	free(accounts);
	json_decref(page.json);
}

static void test_projects(void)
{
	struct page page = page_of(
	    "{\"items\":[{\"projectId\":\"acme-crm\",\"workers\":[\"deals\",5,null,\"a\\u0000\","
	    "{\"name\":\"sync\"}],\"apps\":[{\"hubSpotAppId\":\"123456\"},{\"hubSpotAppId\":77},"
	    "{\"hubSpotAppId\":\"x\"},\"9\",{},[]]},"
	    "{\"workers\":[\"lost\"]},"
	    "{\"projectId\":\"plain\",\"linked\":false,\"workers\":\"deals\",\"apps\":null}]}",
	    NULL);
	size_t count;
	struct control_project *projects = control_read_projects(page.items, &count);

	CHECK(count == 2);
	CHECK_TEXT(projects[0].id, "acme-crm");
	CHECK(projects[0].linked);
	CHECK(projects[0].worker_count == 2);
	CHECK_TEXT(projects[0].workers[0], "deals");
	CHECK_TEXT(projects[0].workers[1], "sync");
	CHECK(projects[0].app_count == 3);
	CHECK_TEXT(projects[0].apps[0], "123456");
	CHECK_TEXT(projects[0].apps[1], "77");
	CHECK_TEXT(projects[0].apps[2], "9");
	CHECK_TEXT(projects[1].id, "plain");
	CHECK(!projects[1].linked);
	CHECK(projects[1].worker_count == 0 && projects[1].app_count == 0);
	free(projects);
	json_decref(page.json);
}

static void test_routes(void)
{
	struct page page = page_of(
	    "[{\"environment\":\"production\",\"active\":\"d7\",\"previous\":null,\"reason\":"
	    "\"promote\",\"updatedAt\":\"2026-06-11T14:02:11.000Z\"},"
	    "{\"environment\":\"dev\",\"active\":\"d6\",\"reason\":\"a\\u0007\",\"updatedAt\":"
	    "\"yesterday\",\"updated\":\"2026-06-11T14:02:11Z\"},"
	    "{\"environment\":\"staging\",\"active\":null}]",
	    NULL);
	struct control_route route;

	CHECK(control_read_route(json_array_get(page.items, 0), &route));
	CHECK_TEXT(route.environment, "production");
	CHECK_TEXT(route.active, "d7");
	CHECK(!route.previous);
	CHECK_TEXT(route.reason, "promote");
	CHECK_TEXT(route.updated, "2026-06-11T14:02:11.000Z");
	CHECK(control_read_route(json_array_get(page.items, 1), &route));
	CHECK(!route.reason);
	CHECK_TEXT(route.updated, "2026-06-11T14:02:11Z");
	CHECK(!control_read_route(json_array_get(page.items, 2), &route));
	CHECK(!control_read_route(NULL, &route));
	json_decref(page.json);
}

static void test_deploys(void)
{
	struct page page = page_of(
	    "[{\"deployId\":\"d7\",\"status\":\"active\",\"createdAt\":\"2026-06-11T14:02:11Z\","
	    "\"manifestHash\":\"h\",\"attestation\":{\"environment\":\"staging\",\"healthy\":true}}"
	    ","
	    "{\"deployId\":\"d6\",\"attestation\":{\"deployId\":\"d7\",\"environment\":"
	    "\"production\",\"healthy\":true}},"
	    "{\"deployId\":\"d5\",\"createdAt\":5,\"attestation\":{\"healthy\":\"true\"}},"
	    "{\"status\":\"active\"}]",
	    NULL);
	size_t count;
	struct control_deploy *deploys = control_read_deploys(page.items, &count);

	CHECK(count == 3);
	CHECK_TEXT(deploys[0].created, "2026-06-11T14:02:11Z");
	CHECK_TEXT(deploys[0].manifest_hash, "h");
	CHECK(deploys[0].attested && deploys[0].attestation.healthy);
	CHECK_TEXT(deploys[0].attestation.deploy, "d7");
	CHECK_TEXT(deploys[0].attestation.environment, "staging");
	CHECK(!deploys[1].attested && !deploys[1].attestation.environment);
	CHECK(!deploys[1].attestation.healthy);
	CHECK(deploys[2].attested && !deploys[2].attestation.healthy);
	CHECK(!deploys[2].created && !deploys[2].status);
	free(deploys);
	json_decref(page.json);
}

/* ---- installs ---- */

static const struct control_scope scope = {
    .account = "acct_demo", .project = "7", .environment = "production"};

static void test_installs(void)
{
	struct page page = page_of(
	    "[{\"accountId\":\"acct_demo\",\"projectId\":7,\"environment\":\"production\","
	    "\"hubSpotAppId\":123456,\"portalId\":4242,\"installId\":\"inst_1.a-B\",\"state\":"
	    "\"reauth_required\",\"updatedAt\":\"2026-06-11T14:02:11Z\",\"createdAt\":"
	    "\"2026-06-10T14:02:11+02:00\",\"accessToken\":\"secret\"},"
	    "{\"portalId\":\"1\",\"hubSpotAppId\":\"a@b.example\",\"installId\":\"a@b.example\","
	    "\"state\":\"Bearer x\",\"updatedAt\":\"a@b.example\",\"createdAt\":1781186531,"
	    "\"accountId\":null},"
	    "{\"portalId\":\"1\",\"accountId\":\"acct_other\"},"
	    "{\"portalId\":\"1\",\"accountId\":[]},"
	    "{\"portalId\":\"1\",\"projectId\":\"8\"},"
	    "{\"portalId\":\"1\",\"environment\":\"staging\"},"
	    "{\"portalId\":\"../1\"},{\"portalId\":\"1\\u00002\"},{\"portalId\":-1},"
	    "{\"portalId\":1.5},{\"portalId\":\"123456789012345678901\"},{\"portalId\":\"\"},{},"
	    "null,\"1\"]",
	    NULL);
	size_t count, unshown;
	struct control_install *installs =
	    control_read_installs(page.items, &scope, &count, &unshown);

	CHECK(count == 2 && unshown == 13);
	CHECK_TEXT(installs[0].portal, "4242");
	CHECK_TEXT(installs[0].app, "123456");
	CHECK_TEXT(installs[0].install_id, "inst_1.a-B");
	CHECK_TEXT(installs[0].state, "reauth_required");
	CHECK_TEXT(installs[0].updated, "2026-06-11T14:02:11Z");
	CHECK_TEXT(installs[0].created, "2026-06-10T14:02:11+02:00");
	CHECK_TEXT(installs[1].portal, "1");
	CHECK(!installs[1].app && !installs[1].install_id && !installs[1].state);
	CHECK(!installs[1].updated && !installs[1].created);
	free(installs);
	json_decref(page.json);
}

static const char *state_of(json_t *item)
{
	json_t *items = json_pack("[O]", item);
	size_t count, unshown;
	struct control_install *installs = control_read_installs(items, &scope, &count, &unshown);
	const char *state = count == 1 ? installs[0].state : NULL;

	free(installs);
	json_decref(items);
	return state;
}

static void test_long_state(void)
{
	char *body = repeated("{\"portalId\":1,\"state\":\"", "s", 32, "\"}");
	json_t *item = json_loads(body, 0, NULL);

	CHECK(state_of(item) && strlen(state_of(item)) == 32);
	json_decref(item);
	free(body);
	body = repeated("{\"portalId\":1,\"state\":\"", "s", 33, "\"}");
	item = json_loads(body, 0, NULL);
	CHECK(!state_of(item));
	json_decref(item);
	free(body);
}

/* What a server may have put in the place of a state or an id. */
static void test_tokens(void)
{
	static const char *const states[] = {"pat-na-abcdef", "eyJhbGciOi", "a1b2c3",
					     "5fe2d9b0-9c11-4e0e-8a54-5f3e3c2b1a00"};
	json_t *item;

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		item = json_pack("{s:i, s:s}", "portalId", 1, "state", states[i]);
		CHECK(!state_of(item));
		json_decref(item);
	}
	item = json_pack("{s:i, s:s}", "portalId", 1, "state", "stage_12");
	CHECK_TEXT(state_of(item), "stage_12");
	json_decref(item);
}

/* Every beginning of a page, and every byte of it replaced: nothing is over-read (ASan tells). */
static void test_broken_pages(void)
{
	static const char whole[] =
	    "{\"items\":[{\"accountId\":\"acct_demo\",\"projectId\":7,\"portalId\":4242,"
	    "\"workers\":[\"deals\"],\"apps\":[{\"hubSpotAppId\":1}],\"deployId\":\"d\","
	    "\"attestation\":{\"environment\":\"dev\"}}],\"nextCursor\":\"c\"}";
	static const char bytes[] = "\"{}[],:\\ 0-\xc2\xff\n";
	unsigned read = 0;

	for (size_t i = 0; i < sizeof(whole); i++)
		for (size_t j = 0; j < sizeof(bytes); j++) {
			size_t length = bytes[j] ? sizeof(whole) - 1 : i;
			char *body = strndup(whole, length);
			struct page page;
			size_t count, unshown;

			if (bytes[j] && i < length)
				body[i] = bytes[j];
			page = page_of(body, NULL);
			if (page.outcome.kind == OUTCOME_OK) {
				read++;
				free(control_read_accounts(page.items, &count));
				free(control_read_projects(page.items, &count));
				free(control_read_deploys(page.items, &count));
				free(control_read_installs(page.items, &scope, &count, &unshown));
			}
			json_decref(page.json);
			free(body);
		}
	CHECK(read > 100);
}

int main(void)
{
	test_own_templates();
	test_template_problems();
	test_fill();
	test_time();
	test_no_time();
	test_all_days();
	test_refusals();
	test_unlinked();
	test_messages();
	test_other_servers();
	test_too_much();
	test_cursors();
	test_accounts();
	test_projects();
	test_routes();
	test_deploys();
	test_installs();
	test_long_state();
	test_tokens();
	test_broken_pages();
	return unit_result();
}
