/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "answer.h"
#include "control.h"

typedef json_t *show_function(const char *id, json_t *item);

/* A page of an object's members, in their order. */
static void answer_members(struct call *call, json_t *members, show_function *show)
{
	struct control_page page;
	json_t *items, *member;
	const char *id;
	size_t index = 0;

	if (!control_page(call, &page))
		return;
	items = must(json_array());
	json_object_foreach(members, id, member)
	{
		if (index >= page.start && index < page.start + page.limit)
			json_array_append_new(items, must(show(id, member)));
		index++;
	}
	control_list(call, &page, items, index);
}

static json_t *show_account(const char *id, json_t *account)
{
	json_t *shown = must(json_pack("{s:s, s:O}", "accountId", id, "cloudflareAccountId",
				       json_object_get(account, "cloudflareAccountId")));
	json_t *name = json_object_get(account, "name");

	if (name)
		json_object_set(shown, "name", name);
	return shown;
}

static json_t *show_project(const char *id, json_t *project)
{
	json_t *apps = must(json_array()), *app;
	size_t index;

	json_array_foreach(json_object_get(project, "apps"), index, app)
	    json_array_append_new(apps, must(json_pack("{s:O}", "hubSpotAppId", app)));
	return json_pack("{s:s, s:O, s:O, s:o}", "projectId", id, "linked",
			 json_object_get(project, "linked"), "workers",
			 json_object_get(project, "workers"), "apps", apps);
}

static void list_accounts(struct call *call)
{
	answer_members(call, json_object_get(call->emulator->state.control_plane, "accounts"),
		       show_account);
}

static void list_projects(struct call *call)
{
	answer_members(call, json_object_get(control_account(call), "projects"), show_project);
}

static void get_project(struct call *call)
{
	answer_json(call, 200, show_project(call->captures[1], control_project(call)));
}

static void list_audit(struct call *call)
{
	json_t *audit = json_object_get(control_account(call), "audit"), *items;
	struct control_page page;
	size_t total = json_array_size(audit);

	if (!control_page(call, &page))
		return;
	items = must(json_array());
	for (size_t i = page.start; i < total && i < page.start + page.limit; i++)
		json_array_append(items, json_array_get(audit, i));
	control_list(call, &page, items, total);
}

/* Installs are numerous: those that are generated exist only while a page of them is written. */
struct installs {
	json_t *seeded, *app;
	json_int_t count, first, reauth_every;
};

static void find_installs(const struct call *call, struct installs *installs)
{
	json_t *project = control_project(call);
	json_t *environment =
	    json_object_get(json_object_get(project, "environments"), call->captures[2]);
	json_t *how = json_object_get(environment, "generate_installs");

	installs->seeded = json_object_get(environment, "installs");
	installs->app = json_array_get(json_object_get(project, "apps"), 0);
	installs->count = json_integer_value(json_object_get(how, "count"));
	installs->first = json_integer_value(json_object_get(how, "first"));
	installs->reauth_every = json_integer_value(json_object_get(how, "reauth_every"));
}

/* One install a minute since the beginning of 2025. */
static json_t *generated_time(json_int_t index)
{
	time_t when = (time_t)(1735689600 + index * 60);
	struct tm parts;
	char text[40];

	gmtime_r(&when, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000Z", &parts);
	return must(json_string(text));
}

static json_t *generate(const struct installs *installs, json_int_t index)
{
	json_int_t every = installs->reauth_every, portal = installs->first + index;
	bool reauth = every && index % every == every - 1;

	return must(json_pack("{s:o, s:o, s:s, s:o, s:o}", "portalId",
			      json_sprintf("%lld", (long long)portal), "installId",
			      json_sprintf("install_%lld", (long long)portal), "state",
			      reauth ? "reauth_required" : "active", "updatedAt",
			      generated_time(index), "createdAt", generated_time(index)));
}

/* Adds what says whose install it is, where it does not say so itself. */
static json_t *complete(const struct call *call, const struct installs *installs, json_t *install)
{
	json_t *whose =
	    must(json_pack("{s:s, s:s, s:s}", "accountId", call->captures[0], "projectId",
			   call->captures[1], "environment", call->captures[2]));

	if (installs->app)
		json_object_set(whose, "hubSpotAppId", installs->app);
	json_object_update(whose, install);
	json_decref(install);
	return whose;
}

static void list_installs(struct call *call)
{
	struct installs installs;
	struct control_page page;
	size_t seeded, total;
	json_t *items;

	if (!control_page(call, &page))
		return;
	find_installs(call, &installs);
	seeded = json_array_size(installs.seeded);
	total = seeded + (size_t)installs.count;
	items = must(json_array());
	for (size_t i = page.start; i < total && i < page.start + page.limit; i++) {
		json_t *install = i < seeded ? json_incref(json_array_get(installs.seeded, i))
					     : generate(&installs, (json_int_t)(i - seeded));

		json_array_append_new(items, complete(call, &installs, install));
	}
	control_list(call, &page, items, total);
}

const struct control_route control_list_routes[] = {
    {"GET", "accounts", CONTROL_TOP, list_accounts},
    {"GET", "accounts/*/audit", CONTROL_ACCOUNT, list_audit},
    {"GET", "accounts/*/projects", CONTROL_ACCOUNT, list_projects},
    {"GET", "accounts/*/projects/*", CONTROL_PROJECT, get_project},
    {"GET", "accounts/*/projects/*/environments/*/installs", CONTROL_ENVIRONMENT, list_installs},
    {NULL, NULL, CONTROL_TOP, NULL},
};
