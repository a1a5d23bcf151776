/* SPDX-License-Identifier: MIT */
#include "installs.h"
#include "../backends/json_io.h"
#include "discovery.h"
#include "filesystem.h"
#include "names.h"
#include "namesakes.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds that pages are believed at least: `ls -l` looks at each file. */
#define PAGES_TIME_TO_LIVE 1000

struct installs {
	struct filesystem *filesystem;
	struct environment_state *environment;
	struct edition *current; /* served, or being read */
	struct edition *former;	 /* the complete one before it, until current is complete too */
	struct kv_call *finding; /* of the namespace */
	bool expired, preparing;
	size_t unshown_logged;
	time_t current_since, former_since, stale_since;
	char reason[300];
};

struct installs *installs_new(struct filesystem *filesystem, struct environment_state *environment)
{
	struct installs *installs = calloc(1, sizeof(*installs));

	if (!installs)
		return NULL;
	installs->filesystem = filesystem;
	installs->environment = environment;
	return installs;
}

/* Directories that are open may hold it still. */
static void drop(struct edition **place)
{
	struct edition *edition = *place;

	*place = NULL;
	if (!edition)
		return;
	edition_disown(edition);
	edition_close(edition);
}

void installs_free(struct installs *installs)
{
	if (!installs)
		return;
	if (installs->finding)
		(void)kv_cancel(installs->finding);
	if (installs->current)
		edition_stop(installs->current);
	drop(&installs->current);
	drop(&installs->former);
	free(installs);
}

/* ---- editions ---- */

static void log_strangers(struct installs *installs, const struct node *directory)
{
	struct outcome outcome;
	const char *name;

	for (size_t i = 0; (name = edition_stranger(installs->current, i)); i++) {
		outcome = outcome_advise(
		    outcome_make(OUTCOME_BAD_REPLY,
				 "a portal of an app that the project does not list: %s", name),
		    "have the control plane list the app, or name it in app_id");
		filesystem_refuse(installs->filesystem, "list", directory, NULL, &outcome);
	}
}

/* They are said once, when their number changes. */
static void log_unshown(struct installs *installs)
{
	struct environment_state *environment = installs->environment;
	size_t unshown = edition_unshown(installs->current);
	struct node directory = {.kind = NODE_INSTALLS,
				 .environment = environment->environment,
				 .index = environment->project->index};
	struct outcome outcome = outcome_advise(
	    outcome_make(OUTCOME_BAD_REPLY, "%zu of the records told are not shown", unshown),
	    "they have no decimal portalId, are another project's or of an app that it does not "
	    "list, or stand twice");

	if (unshown && unshown != installs->unshown_logged) {
		log_strangers(installs, &directory);
		filesystem_refuse(installs->filesystem, "list", &directory, NULL, &outcome);
	}
	installs->unshown_logged = unshown;
}

static void ended(void *owner, const struct outcome *outcome)
{
	struct installs *installs = owner;

	if (outcome->kind == OUTCOME_OK) {
		installs->current_since = time(NULL);
		installs->stale_since = 0;
		if (*edition_reason(installs->current))
			snprintf(installs->reason, sizeof(installs->reason), "%s",
				 edition_reason(installs->current));
		drop(&installs->former);
		log_unshown(installs);
		return;
	}
	/* What was known before serves on only where nobody could be asked. */
	if (!installs->former || !edition_is_complete(installs->former) ||
	    !outcome_is_unreachable(outcome->kind))
		return;
	drop(&installs->current);
	installs->current = installs->former;
	edition_set_former(installs->current, false);
	installs->former = NULL;
	installs->current_since = installs->former_since;
	installs->stale_since = installs->former_since;
	installs->expired = true;
}

static void end_with_reason(struct installs *installs, const char *reason)
{
	const struct outcome ok = {.kind = OUTCOME_OK};

	snprintf(installs->reason, sizeof(installs->reason), "%s", reason);
	edition_end(installs->current, &ok);
}

static void begin(struct installs *installs, const char *namespace_id)
{
	struct project_state *project = installs->environment->project;
	struct edition_source source = {
	    .plane = project->account->plane,
	    .account = project->account->name,
	    .project = project->name,
	    .environment = environment_names[installs->environment->environment],
	    .only_app = project_app(project),
	    .apps = (const char *const *)project->apps,
	    .app_count = project->app_count,
	    .may_be_unknown = !project->told || !project->linked,
	    .by_app = project_has_several_apps(project),
	    .kv = project->account->kv,
	    .namespace_id = namespace_id,
	};

	edition_begin(installs->current, &source);
}

static void project_known(void *context, const struct outcome *outcome)
{
	struct installs *installs = context;

	installs->preparing = false;
	/* Where the projects are not told, it is asked for all the same. */
	if (outcome->kind == OUTCOME_CANCELLED)
		edition_end(installs->current, outcome);
	else
		begin(installs, NULL);
}

static void found(void *context, const struct outcome *outcome, const char *id)
{
	struct installs *installs = context;

	installs->finding = NULL;
	installs->preparing = false;
	if (outcome->kind == OUTCOME_OK)
		begin(installs, id);
	else if (outcome->kind == OUTCOME_NOT_FOUND)
		end_with_reason(installs, outcome->message);
	else
		edition_end(installs->current, outcome);
}

/* Without a control plane the key names of the token store still tell which portals there are. */
static void prepare_from_keys(struct installs *installs)
{
	struct project_state *project = installs->environment->project;
	const struct environment_config *config = installs->environment->config;
	const char *app = project_app(project);
	char title[NAME_STORE_SIZE];
	struct outcome outcome;

	if (!project->account->kv) {
		end_with_reason(installs, "no control plane is configured: "
					  "accounts.NAME.control_plane");
	} else if (config->installs_kv) {
		begin(installs, config->installs_kv);
	} else if (!app || !name_store(title, project->account->name, project->name,
				       environment_names[installs->environment->environment], app,
				       "install")) {
		end_with_reason(installs, "no control plane is configured, and neither app_id nor "
					  "installs_kv says where else to look");
	} else if ((outcome = namesake_check(project)).kind != OUTCOME_OK) {
		edition_end(installs->current, &outcome);
	} else {
		installs->preparing = true;
		installs->finding = kv_find_namespace(project->account->kv, title, found, installs);
		if (installs->finding)
			return;
		installs->preparing = false;
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");
		edition_end(installs->current, &outcome);
	}
}

static void prepare(struct installs *installs)
{
	struct project_state *project = installs->environment->project;

	installs->reason[0] = '\0';
	if (!project->account->plane) {
		prepare_from_keys(installs);
		return;
	}
	installs->preparing = true;
	discovery_wait_project(project, project_known, installs);
}

static bool is_fresh(const struct installs *installs)
{
	const struct edition *edition = installs->current;

	if (!edition || edition_failure(edition)->kind != OUTCOME_OK)
		return false;
	if (installs->preparing || edition_is_reading(edition))
		return true;
	return installs_fresh_for(installs) > 0;
}

/* A new edition, unless the one there is can be believed; false where memory is short. */
static bool renew(struct installs *installs)
{
	struct edition *edition;

	if (is_fresh(installs))
		return true;
	edition = edition_new(&installs->filesystem->edition_room, installs->filesystem->names,
			      ended, installs);
	if (!edition)
		return false;
	if (installs->current && edition_is_complete(installs->current)) {
		drop(&installs->former);
		installs->former = installs->current;
		edition_set_former(installs->former, true);
		installs->former_since = installs->current_since;
	} else {
		drop(&installs->current);
	}
	installs->current = edition;
	installs->expired = false;
	edition_hold(edition);
	prepare(installs);
	edition_close(edition);
	return true;
}

struct installs_waiter {
	struct installs *installs;
	struct edition *edition;
	refresh_ready *ready;
	void *context;
};

/* Where an older edition took the place of a failed one, that is good enough. */
static void edition_ready(void *context, const struct outcome *outcome)
{
	struct installs_waiter *waiter = context;
	struct outcome end = *outcome;

	if (waiter->installs->current && waiter->installs->current != waiter->edition &&
	    outcome_is_unreachable(end.kind))
		end.kind = OUTCOME_OK;
	edition_close(waiter->edition);
	waiter->ready(waiter->context, &end);
	free(waiter);
}

void installs_wait(struct installs *installs, const char *name, refresh_ready *ready, void *context)
{
	struct installs_waiter *waiter = calloc(1, sizeof(*waiter));
	struct outcome outcome;

	if (!waiter || !renew(installs) || !installs->current) {
		free(waiter);
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for the installs");
		ready(context, &outcome);
		return;
	}
	*waiter = (struct installs_waiter){installs, installs->current, ready, context};
	edition_hold(installs->current);
	if (name)
		edition_wait_name(installs->current, name, edition_ready, waiter);
	else
		edition_wait(installs->current, 0, edition_ready, waiter);
}

/* ---- what is known ---- */

/* As long as they took, too: whoever looks at a great many spends at most half his time on pages. */
static int64_t time_to_live(const struct installs *installs)
{
	int64_t cost = edition_cost(installs->current);
	int64_t least = cost > PAGES_TIME_TO_LIVE ? cost : PAGES_TIME_TO_LIVE;
	int64_t wanted = installs->filesystem->options->time_to_live;

	return wanted > least ? wanted : least;
}

int64_t installs_fresh_for(const struct installs *installs)
{
	int64_t left;

	if (!installs->current || installs->expired)
		return 0;
	left = edition_read_at(installs->current) + time_to_live(installs) - loop_now();
	return left > 0 ? left : 0;
}

void installs_expire(struct installs *installs)
{
	installs->expired = true;
}

time_t installs_stale_since(const struct installs *installs)
{
	return installs->stale_since;
}

const char *installs_reason(const struct installs *installs)
{
	return installs->reason;
}

const struct install *installs_find(const struct installs *installs, const char *name)
{
	return installs->current ? edition_find(installs->current, name) : NULL;
}

size_t installs_unshown(const struct installs *installs)
{
	return installs->current ? edition_unshown(installs->current) : 0;
}

struct edition *installs_open(struct installs *installs)
{
	if (installs->current)
		edition_hold(installs->current);
	return installs->current;
}

static bool add(json_t *object, const char *name, const char *text)
{
	return !*text || json_object_set_new(object, name, json_string(text)) == 0;
}

char *installs_text(const struct installs *installs, const struct install *install, size_t *length)
{
	const struct project_state *project = installs->environment->project;
	const char *state = install_field(install, INSTALL_STATE), *app = project_app(project);
	json_t *object = json_object();
	char *text = NULL, *line = NULL;

	if (*install_field(install, INSTALL_APP))
		app = install_field(install, INSTALL_APP);
	if (object && add(object, "accountId", project->account->name) &&
	    add(object, "projectId", project->name) &&
	    add(object, "environment", environment_names[installs->environment->environment]) &&
	    add(object, "hubSpotAppId", app ? app : "") &&
	    add(object, "portalId", install_field(install, INSTALL_PORTAL)) &&
	    add(object, "installId", install_field(install, INSTALL_ID)) &&
	    add(object, "state", *state ? state : "unknown") &&
	    add(object, "createdAt", install_field(install, INSTALL_CREATED)) &&
	    add(object, "updatedAt", install_field(install, INSTALL_UPDATED)))
		text = json_write(object, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	json_decref(object);
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	*length = line ? strlen(line) : 0;
	return line;
}
