/* SPDX-License-Identifier: MIT */
#include "answer.h"
#include "routes.h"

static void get_user(struct call *call)
{
	answer_result(call, 200,
		      json_pack("{s:s, s:s, s:n, s:n, s:b}", "id",
				"11111111111111111111111111111111", "email", "user@example.com",
				"first_name", "last_name", "suspended", 0),
		      NULL);
}

static void verify_token(struct call *call)
{
	answer_result(
	    call, 200,
	    json_pack("{s:s, s:s}", "id", "22222222222222222222222222222222", "status", "active"),
	    NULL);
}

static json_t *account_summary(const char *id, json_t *account)
{
	return must(json_pack("{s:s, s:O, s:s, s:{s:b}, s:s}", "id", id, "name",
			      json_object_get(account, "name"), "type", "standard", "settings",
			      "enforce_twofactor", 0, "created_on", "2024-01-01T00:00:00.000000Z"));
}

static void list_accounts(struct call *call)
{
	json_t *list = must(json_array()), *account;
	const char *id;

	json_object_foreach(call->emulator->state.accounts, id, account)
	    json_array_append_new(list, account_summary(id, account));
	answer_page(call, list, 20);
}

static void get_account(struct call *call)
{
	json_t *account = json_object_get(call->emulator->state.accounts, call->captures[0]);

	answer_result(call, 200, account_summary(call->captures[0], account), NULL);
}

static void list_memberships(struct call *call)
{
	json_t *list = must(json_array()), *account;
	const char *id;

	json_object_foreach(call->emulator->state.accounts, id, account) json_array_append_new(
	    list, json_pack("{s:s, s:s, s:o, s:[s]}", "id", id, "status", "accepted", "account",
			    account_summary(id, account), "roles",
			    "Super Administrator - All Privileges"));
	answer_page(call, list, 20);
}

const struct route account_routes[] = {
    {"GET", "user", get_user},
    {"GET", "user/tokens/verify", verify_token},
    {"GET", "memberships", list_memberships},
    {"GET", "accounts", list_accounts},
    {"GET", "accounts/*", get_account},
    {"GET", "accounts/*/tokens/verify", verify_token},
    {NULL, NULL, NULL},
};
