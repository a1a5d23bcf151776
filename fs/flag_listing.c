/* SPDX-License-Identifier: MIT */
#include "flag_listing.h"
#include "../backends/json_io.h"
#include "discovery.h"
#include "filesystem.h"
#include "flag_sightings.h"
#include "names.h"
#include "namesakes.h"
#include <stdlib.h>
#include <string.h>

/* A change of this mount that the snapshot may not have yet. */
struct overlay {
	struct overlay *next;
	struct flag flag;
	int64_t until;
};

/* A change that runs. */
struct writing {
	struct writing *next, **previous;
	struct flag_listing *listing;
	char *key;
	pid_t session;
	secrets_done *done;
	void *context;
};

struct flag_listing {
	struct filesystem *filesystem;
	struct environment_state *environment;
	struct refresh refresh;
	struct flags *flags; /* NULL: not yet known what they are, or there are none */
	char *app;	     /* that they were made for; NULL: it was not known */
	bool by_title;
	struct flag_set *set;
	uint32_t *ids; /* holds on the names that are shown */
	size_t id_count, unshown;
	struct overlay *overlays;
	struct flag_sightings *sightings; /* NULL: none yet */
	struct writing *writings;
	char reason[300];
};

static void ask(void *owner);

struct flag_listing *flag_listing_new(struct filesystem *filesystem,
				      struct environment_state *environment)
{
	struct flag_listing *listing = calloc(1, sizeof(*listing));

	if (!listing)
		return NULL;
	listing->filesystem = filesystem;
	listing->environment = environment;
	refresh_init(&listing->refresh, filesystem->options->time_to_live, ask, listing);
	return listing;
}

static void free_writing(struct writing *writing)
{
	*writing->previous = writing->next;
	if (writing->next)
		writing->next->previous = writing->previous;
	free(writing->key);
	free(writing);
}

static void release_ids(struct flag_listing *listing)
{
	for (size_t i = 0; i < listing->id_count; i++)
		name_release(listing->filesystem->names, listing->ids[i], 1);
	free(listing->ids);
	listing->ids = NULL;
	listing->id_count = 0;
}

void flag_listing_free(struct flag_listing *listing)
{
	struct writing *next;

	if (!listing)
		return;
	flags_free(listing->flags);
	refresh_end(&listing->refresh);
	for (struct writing *writing = listing->writings; writing; writing = next) {
		next = writing->next;
		free_writing(writing);
	}
	while (listing->overlays) {
		struct overlay *overlay = listing->overlays;

		listing->overlays = overlay->next;
		flag_free(&overlay->flag);
		free(overlay);
	}
	flag_sightings_free(listing->sightings);
	free(listing->app);
	release_ids(listing);
	flag_set_free(listing->set);
	free(listing);
}

/* ---- what is shown ---- */

bool flag_is_shown(const struct flag *flag)
{
	return strcmp(flag->state, "archived") != 0 && name_is_showable(flag->key);
}

/* New holds come before the old ones go, so a key that stays keeps its inode. */
static void hold_ids(struct flag_listing *listing)
{
	size_t room = listing->set->count, count = 0;
	uint32_t *ids = calloc(room + 1, sizeof(*ids));

	listing->unshown = 0;
	for (size_t i = 0; i < room; i++) {
		const struct flag *flag = &listing->set->items[i];

		if (ids && flag_is_shown(flag))
			ids[count++] = name_hold(listing->filesystem->names, flag->key);
		listing->unshown += !name_is_showable(flag->key);
	}
	release_ids(listing);
	listing->ids = ids;
	listing->id_count = count;
}

/* A copy of its own, since what changes one of them must not change the other. */
static bool make_flag(struct flag *flag, const char *key, const json_t *definition,
		      const char *source)
{
	json_t *copy = json_deep_copy_whole(definition);
	bool made = copy && flag_make(flag, key, copy, source);

	json_decref(copy);
	return made;
}

/* Puts a copy of a flag into the set, in the place of the one of that key. */
static bool put_flag(struct flag_set *set, const struct flag *flag)
{
	struct flag *old = (struct flag *)flag_set_find(set, flag->key), copy, *items;

	if (!make_flag(&copy, flag->key, flag->definition, flag->source))
		return false;
	if (old) {
		flag_free(old);
		*old = copy;
		return true;
	}
	items = realloc(set->items, (set->count + 1) * sizeof(*items));
	if (!items) {
		flag_free(&copy);
		return false;
	}
	set->items = items;
	set->room = set->count + 1;
	set->items[set->count++] = copy;
	return flag_set_sort(set);
}

static bool has_caught_up(const struct flag_set *set, const struct flag *written)
{
	const struct flag *there = flag_set_find(set, written->key);

	if (!there)
		return !strcmp(written->state, "archived");
	if (written->version > 0 && there->version > 0)
		return there->version >= written->version;
	return there->length == written->length &&
	       !memcmp(there->text, written->text, there->length);
}

/* The mount's own changes, until the snapshot has them, or is not believed to get them any more. */
static bool apply_overlays(struct flag_listing *listing, struct flag_set *set)
{
	struct overlay **place = &listing->overlays;

	while (*place) {
		struct overlay *overlay = *place;

		if (loop_now() < overlay->until && !has_caught_up(set, &overlay->flag)) {
			if (!put_flag(set, &overlay->flag))
				return false;
			place = &overlay->next;
			continue;
		}
		*place = overlay->next;
		flag_free(&overlay->flag);
		free(overlay);
	}
	return true;
}

static void drop_overlay(struct flag_listing *listing, const char *key)
{
	struct overlay **place = &listing->overlays, *overlay;

	while (*place && strcmp((*place)->flag.key, key) != 0)
		place = &(*place)->next;
	overlay = *place;
	if (!overlay)
		return;
	*place = overlay->next;
	flag_free(&overlay->flag);
	free(overlay);
}

/* What was written is shown from now on. Where memory is short, the next look asks. */
static void show_written(struct flag_listing *listing, const char *key, json_t *definition)
{
	const struct flag *old = flag_listing_find(listing, key, true);
	struct overlay *overlay = calloc(1, sizeof(*overlay));
	bool shown = false;

	if (overlay && make_flag(&overlay->flag, key, definition, old ? old->source : NULL)) {
		drop_overlay(listing, key);
		overlay->until = loop_now() + FLAG_PATIENCE;
		overlay->next = listing->overlays;
		listing->overlays = overlay;
		shown = listing->set && put_flag(listing->set, &overlay->flag);
		overlay = NULL;
	}
	free(overlay);
	if (shown)
		hold_ids(listing);
	else
		flag_listing_expire(listing);
}

/* ---- reading ---- */

static void take_set(struct flag_listing *listing, struct flag_set *set)
{
	flag_set_free(listing->set);
	listing->set = set;
	hold_ids(listing);
}

/* There are none but what this mount has written, and that is no failure. */
static void have_none(struct flag_listing *listing, const char *reason)
{
	struct outcome outcome = {.kind = OUTCOME_OK};
	struct flag_set *set = calloc(1, sizeof(*set));

	if (set && apply_overlays(listing, set)) {
		take_set(listing, set);
		snprintf(listing->reason, sizeof(listing->reason), "%s", reason);
	} else {
		flag_set_free(set);
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for the flags");
	}
	refresh_answered(&listing->refresh, &outcome);
}

static void listed(void *context, const struct outcome *outcome, struct flag_set *set)
{
	struct flag_listing *listing = context;
	struct outcome end = *outcome;

	if (end.kind == OUTCOME_NOT_FOUND && listing->by_title) {
		have_none(listing, end.message);
		return;
	}
	if (set && !apply_overlays(listing, set))
		end = outcome_make(OUTCOME_NO_MEMORY, "no memory for the flags");
	if (end.kind == OUTCOME_OK) {
		take_set(listing, set);
		listing->reason[0] = '\0';
	} else {
		flag_set_free(set);
	}
	refresh_answered(&listing->refresh, &end);
}

static void choose_author(const struct flag_listing *listing, struct flags_options *options)
{
	struct account_state *account = listing->environment->project->account;
	const struct environment_config *config = listing->environment->config;

	options->author_reason = "no control plane is configured to write flags through";
	if (config->authoring == AUTHORING_KV) {
		options->authoring = FLAG_AUTHORING_KV;
	} else if (account->plane && options->scope.app) {
		options->authoring = FLAG_AUTHORING_CONTROL_PLANE;
		options->plane = account->plane;
	} else if (account->plane) {
		options->author_reason = "the project's app is not known: name it in app_id";
	}
}

/* The backend is made when its namespace can be named. */
static struct outcome begin_flags(struct flag_listing *listing, const char *title)
{
	struct project_state *project = listing->environment->project;
	const struct environment_config *config = listing->environment->config;
	struct flags_options options = {
	    .kv = project->account->kv,
	    .loop = listing->filesystem->loop,
	    .namespace_id = config->flags_kv,
	    .namespace_title = title,
	    .snapshot_key = config->flags_key,
	    .scope = {project->account->name, project->name,
		      environment_names[listing->environment->environment], project_app(project)},
	};

	choose_author(listing, &options);
	listing->by_title = !config->flags_kv;
	listing->flags = flags_new(&options);
	if (!listing->flags)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for the flags");
	return (struct outcome){.kind = OUTCOME_OK};
}

/* Why the environment has no flags at all; NULL: it may have some. */
static const char *reason_for_none(const struct flag_listing *listing)
{
	const struct project_state *project = listing->environment->project;

	if (!project->account->kv)
		return "no Cloudflare account is known: flags are read from its Workers KV";
	if (listing->environment->config->flags_kv)
		return NULL;
	if (project->told && !project->linked)
		return "the project is not linked: run hs-x link";
	if (!project_app(project) && project->app_count == 0)
		return "the project's app is not known: name it in app_id, or name flags_kv";
	return NULL;
}

static struct outcome prepare(struct flag_listing *listing)
{
	struct project_state *project = listing->environment->project;
	const char *app = project_app(project);
	char title[NAME_STORE_SIZE];

	if (listing->environment->config->flags_kv)
		return begin_flags(listing, NULL);
	if (!app)
		return outcome_advise(
		    outcome_make(OUTCOME_AMBIGUOUS, "the project has %zu apps", project->app_count),
		    "say whose flags these are: app_id, or flags_kv");
	if (!name_store(title, project->account->name, project->name,
			environment_names[listing->environment->environment], app, "flags"))
		return outcome_advise(outcome_make(OUTCOME_AMBIGUOUS,
						   "the names are too long: the name of the flags' "
						   "namespace would be cut"),
				      "name it in the configuration: flags_kv");
	return begin_flags(listing, title);
}

static void forget_flags(struct flag_listing *listing)
{
	flags_free(listing->flags);
	listing->flags = NULL;
	free(listing->app);
	listing->app = NULL;
}

/* They are made anew where the app was not known when they were made, or is another one now. */
static void forget_other_app(struct flag_listing *listing)
{
	const char *app = project_app(listing->environment->project);

	if (!app || listing->writings || (listing->app && !strcmp(listing->app, app)))
		return;
	forget_flags(listing);
	listing->app = strdup(app);
}

/* A namespace that is found by a name may turn out to be another project's at any time. */
static struct outcome check_namesakes(struct flag_listing *listing)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (!listing->environment->config->flags_kv)
		outcome = namesake_check(listing->environment->project);
	if (outcome.kind == OUTCOME_OK)
		return outcome;
	if (!listing->writings)
		forget_flags(listing);
	snprintf(listing->reason, sizeof(listing->reason), "%.299s", outcome.message);
	return outcome;
}

static void project_known(void *context, const struct outcome *outcome)
{
	struct flag_listing *listing = context;
	struct project_state *project = listing->environment->project;
	struct outcome end = *outcome;
	const char *reason = reason_for_none(listing);

	/* What is configured serves without the control plane. */
	if (end.kind != OUTCOME_OK && end.kind != OUTCOME_CANCELLED && project->config &&
	    (listing->environment->config->flags_kv || project_app(project)))
		end.kind = OUTCOME_OK;
	if (end.kind == OUTCOME_OK && reason) {
		have_none(listing, reason);
		return;
	}
	if (end.kind == OUTCOME_OK)
		end = check_namesakes(listing);
	if (end.kind == OUTCOME_OK)
		forget_other_app(listing);
	if (end.kind == OUTCOME_OK && !listing->flags)
		end = prepare(listing);
	if (end.kind == OUTCOME_OK)
		flags_list(listing->flags, listed, listing);
	else
		refresh_answered(&listing->refresh, &end);
}

static void ask(void *owner)
{
	struct flag_listing *listing = owner;
	const struct outcome ok = {.kind = OUTCOME_OK};

	if (listing->environment->config->flags_kv && listing->environment->project->account->kv &&
	    project_app(listing->environment->project))
		project_known(listing, &ok);
	else
		discovery_wait_project(listing->environment->project, project_known, listing);
}

void flag_listing_wait(struct flag_listing *listing, refresh_ready *ready, void *context)
{
	refresh_wait(&listing->refresh, ready, context);
}

int64_t flag_listing_fresh_for(const struct flag_listing *listing)
{
	return refresh_fresh_for(&listing->refresh);
}

void flag_listing_expire(struct flag_listing *listing)
{
	refresh_expire(&listing->refresh);
}

time_t flag_listing_stale_since(const struct flag_listing *listing)
{
	return listing->refresh.stale_since;
}

const char *flag_listing_reason(const struct flag_listing *listing)
{
	return listing->refresh.known ? listing->reason : "";
}

size_t flag_listing_count(const struct flag_listing *listing)
{
	return listing->set ? listing->set->count : 0;
}

const struct flag *flag_listing_at(const struct flag_listing *listing, size_t index)
{
	return &listing->set->items[index];
}

const struct flag *flag_listing_find(const struct flag_listing *listing, const char *key,
				     bool archived)
{
	const struct flag *flag = listing->set ? flag_set_find(listing->set, key) : NULL;

	return flag && (archived || flag_is_shown(flag)) ? flag : NULL;
}

size_t flag_listing_unshown(const struct flag_listing *listing)
{
	return listing->unshown;
}

void flag_listing_saw(struct flag_listing *listing, const struct flag *flag, pid_t session)
{
	if (!listing->sightings)
		listing->sightings = flag_sightings_new();
	if (listing->sightings)
		flag_sightings_note(listing->sightings, flag, session);
}

/* ---- writing ---- */

struct outcome flag_listing_ready(const struct flag_listing *listing)
{
	if (listing->flags)
		return flags_ready(listing->flags);
	/* What is missing for good, before what may still become known. */
	if (!listing->environment->project->account->plane &&
	    listing->environment->config->authoring != AUTHORING_KV)
		return outcome_advise(
		    outcome_make(OUTCOME_READ_ONLY,
				 "no control plane is configured to write flags through"),
		    "configure one, or \"flags\": {\"authoring\": \"kv\"}");
	return outcome_make(OUTCOME_READ_ONLY, "%s",
			    listing->reason[0] ? listing->reason : "the environment has no flags");
}

static void written(void *context, const struct outcome *outcome, json_t *definition)
{
	struct writing *writing = context;
	struct flag_listing *listing = writing->listing;
	secrets_done *done = writing->done;
	const struct flag *flag;

	if (outcome->kind == OUTCOME_OK && definition) {
		show_written(listing, writing->key, definition);
		flag = flag_listing_find(listing, writing->key, true);
		if (flag)
			flag_listing_saw(listing, flag, writing->session);
	} else {
		flag_listing_expire(listing);
	}
	context = writing->context;
	free_writing(writing);
	done(context, outcome);
}

static void change(struct flag_listing *listing, const struct flag_change *wanted, pid_t session,
		   secrets_done *done, void *context)
{
	struct writing *writing = calloc(1, sizeof(*writing));
	struct outcome outcome;

	if (writing)
		writing->key = strdup(wanted->key);
	if (!writing || !writing->key) {
		free(writing);
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");
		done(context, &outcome);
		return;
	}
	writing->listing = listing;
	writing->session = session;
	writing->done = done;
	writing->context = context;
	writing->previous = &listing->writings;
	writing->next = listing->writings;
	if (writing->next)
		writing->next->previous = &writing->next;
	listing->writings = writing;
	flags_change(listing->flags, wanted, written, writing);
}

/* Nobody can read an archived flag again, so whoever is told of it has seen it. */
static struct outcome newer(struct flag_listing *listing, const struct flag *known, pid_t session)
{
	if (flag_is_shown(known))
		return outcome_advise(outcome_make(OUTCOME_CONFLICT,
						   "%.200s has changed since it was read here",
						   known->key),
				      "read it again, then write what you want of it");
	flag_listing_saw(listing, known, session);
	return outcome_advise(outcome_make(OUTCOME_CONFLICT,
					   "%.200s was archived since it was read here",
					   known->key),
			      "write it once more to bring it back");
}

/* Decides what is to be sent; the change borrows from the body and the listing. */
static struct outcome plan(struct flag_listing *listing, const char *key,
			   const struct flag_body *body, pid_t session, struct flag_change *change)
{
	const struct flag *known = flag_listing_find(listing, key, true);
	const struct flag_sighting *seen =
	    listing->sightings ? flag_sightings_find(listing->sightings, key, session) : NULL;

	*change = (struct flag_change){.key = key, .definition = body->definition};
	if (body->state[0])
		change->state = body->state;
	if (known && !known->definition)
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_VALUE, "%.200s has a layout that is not known", key),
		    "it can be read here, and changed by whoever made it");
	change->action = change->state ? FLAG_SET_STATE : FLAG_REPLACE;
	if (!known) {
		change->action = FLAG_CREATE;
		return (struct outcome){.kind = OUTCOME_OK};
	}
	change->source = known->source;
	change->version = known->version;
	change->text = known->text;
	if (change->action == FLAG_REPLACE && seen && !flag_sighting_is_of(seen, known))
		return newer(listing, known, session);
	return (struct outcome){.kind = OUTCOME_OK};
}

void flag_listing_write(struct flag_listing *listing, const char *key, const char *bytes,
			size_t length, pid_t session, secrets_done *done, void *context)
{
	struct flag_body body = {.definition = NULL};
	struct outcome outcome = flag_listing_ready(listing);
	struct flag_change wanted;

	if (outcome.kind == OUTCOME_OK)
		outcome = flag_parse(key, bytes, length, &body);
	if (outcome.kind == OUTCOME_OK)
		outcome = plan(listing, key, &body, session, &wanted);
	if (outcome.kind == OUTCOME_OK)
		change(listing, &wanted, session, done, context);
	else
		done(context, &outcome);
	json_decref(body.definition);
}

void flag_listing_archive(struct flag_listing *listing, const char *key, pid_t session,
			  secrets_done *done, void *context)
{
	const struct flag *known = flag_listing_find(listing, key, false);
	struct flag_change wanted = {.action = FLAG_SET_STATE,
				     .key = key,
				     .state = "archived",
				     .source = known ? known->source : NULL};
	struct outcome outcome = flag_listing_ready(listing);

	if (outcome.kind == OUTCOME_OK && known && !known->definition)
		outcome = outcome_make(OUTCOME_NOT_SUPPORTED,
				       "%.200s has a layout that is not known", key);
	if (outcome.kind == OUTCOME_OK)
		change(listing, &wanted, session, done, context);
	else
		done(context, &outcome);
}

bool flag_listing_cancel(struct flag_listing *listing, const void *context)
{
	for (struct writing *writing = listing->writings; writing; writing = writing->next) {
		bool on_its_way;

		if (writing->context != context)
			continue;
		on_its_way = flags_cancel(listing->flags, writing);
		free_writing(writing);
		return on_its_way;
	}
	return false;
}
