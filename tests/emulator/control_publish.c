/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "control.h"

#define TITLE_MAX 63

/* Lower case; what is neither letter nor digit becomes one dash. */
static void make_slug(char *text)
{
	char *end = text;

	for (const char *letter = text; *letter; letter++) {
		if (isalnum((unsigned char)*letter))
			*end++ = (char)tolower((unsigned char)*letter);
		else if (end > text && end[-1] != '-')
			*end++ = '-';
	}
	if (end - text > TITLE_MAX)
		end = text + TITLE_MAX;
	while (end > text && end[-1] == '-')
		end--;
	*end = '\0';
}

static char *title_of(const char *account, const char *project, const char *environment,
		      const char *app)
{
	char *title;

	if (asprintf(&title, "hsx-%s-%s-%s-%s-flags", account, project, environment, app) < 0)
		title = NULL;
	make_slug(must(title));
	return title;
}

void control_publish(struct state *state, const char *account, const char *project,
		     const char *environment, const char *app)
{
	json_t *accounts = json_object_get(state->control_plane, "accounts"), *from, *flags, *now;
	json_t *owner = json_object_get(accounts, account), *snapshot;
	const char *cloudflare = json_string_value(json_object_get(owner, "cloudflareAccountId"));
	char *title, *text;

	from = json_object_get(json_object_get(owner, "projects"), project);
	if (!cloudflare || !json_is_true(json_object_get(state->control_plane, "sync")) ||
	    !json_is_true(json_object_get(from, "linked")))
		return;
	flags = json_object_get(json_object_get(from, "environments"), environment);
	flags = json_object_get(json_object_get(json_object_get(flags, "apps"), app), "flags");
	flags = flags ? json_incref(flags) : must(json_object());
	now = state_time();
	snapshot = must(json_pack("{s:o, s:o}", "flags", flags, "updatedAt", now));
	text = must(json_dumps(snapshot, JSON_COMPACT));
	title = title_of(account, project, environment, app);
	state_kv_store(state, cloudflare, title, "snapshot", text);
	free(title);
	free(text);
	json_decref(snapshot);
}

static void publish_project(struct state *state, const char *account, const char *id,
			    json_t *project)
{
	json_t *environment, *app;
	const char *name, *app_id;
	void *next;

	json_object_foreach(json_object_get(project, "environments"), name, environment)
	    json_object_foreach_safe(json_object_get(environment, "apps"), next, app_id, app)
		control_publish(state, account, id, name, app_id);
}

void control_publish_all(struct state *state)
{
	json_t *account, *project;
	const char *id, *name;

	json_object_foreach(json_object_get(state->control_plane, "accounts"), id, account)
	    json_object_foreach(json_object_get(account, "projects"), name, project)
		publish_project(state, id, name, project);
}

static json_t *show_flags(json_t *project)
{
	json_t *shown = must(json_object()), *environment, *app;
	const char *name, *id;

	json_object_foreach(json_object_get(project, "environments"), name, environment)
	    json_object_foreach(json_object_get(environment, "apps"), id, app)
		json_object_set(control_child(shown, name), id, json_object_get(app, "flags"));
	return shown;
}

static json_t *show_projects(json_t *account)
{
	json_t *shown = must(json_object()), *project;
	const char *id;

	json_object_foreach(json_object_get(account, "projects"), id, project) json_object_set_new(
	    shown, id,
	    must(json_pack("{s:O, s:O, s:O, s:O, s:o}", "linked",
			   json_object_get(project, "linked"), "routes",
			   json_object_get(project, "routes"), "deploys",
			   json_object_get(project, "deploys"), "attestation",
			   json_object_get(project, "attestation"), "flags", show_flags(project))));
	return shown;
}

json_t *control_show(const struct state *state)
{
	json_t *plane = state->control_plane, *accounts = must(json_object()), *account;
	const char *id;

	json_object_foreach(json_object_get(plane, "accounts"), id, account) json_object_set_new(
	    accounts, id, must(json_pack("{s:o}", "projects", show_projects(account))));
	return must(json_pack("{s:o, s:O, s:O}", "accounts", accounts, "history",
			      json_object_get(plane, "history"), "sync",
			      json_object_get(plane, "sync")));
}

void control_admin(struct call *call)
{
	json_t *body = json_loadb(call->body, call->length, JSON_REJECT_DUPLICATES, NULL);
	struct state *state = &call->emulator->state;
	int sync;

	if (json_unpack_ex(body, NULL, JSON_STRICT, "{s:b}", "sync", &sync)) {
		answer_json(call, 400, json_pack("{s:s}", "error", "{\"sync\": true} is wanted"));
	} else {
		json_object_set_new(state->control_plane, "sync", json_boolean(sync));
		control_publish_all(state);
		answer_json(call, 200, json_object());
	}
	json_decref(body);
}
