/* SPDX-License-Identifier: MIT */
#include "edition.h"
#include "../backends/control_time.h"
#include <stdlib.h>
#include <string.h>

/* The most portals of a mount, and how many are read ahead of whoever reads. */
#define PORTALS_MAX 1000000
#define AHEAD 1000

/* A server with more pages than that, or so many in a row without anything new, has lost its count.
 */
#define PAGES_MAX 20000
#define VAIN_MAX 50

/* So many portals of apps that nobody lists can be named; more would push all else out of .errors. */
#define STRANGERS_MAX 10

struct waiter {
	struct waiter *next;
	char *name; /* NULL: it waits for the index */
	size_t index;
	refresh_ready *ready;
	void *context;
};

struct edition {
	struct edition *next, **previous; /* the next younger one */
	struct edition_room *room;
	unsigned references;
	bool former; /* another one is read in its place */
	edition_ended *ended;
	void *owner;
	struct edition_source source;
	char *namespace_id, *only_app, *cursor;
	char **apps;
	size_t app_count;
	char *strangers[STRANGERS_MAX];
	size_t stranger_count;
	struct install_table table;
	size_t wanted;
	bool begun, asking, complete, stopped;
	struct outcome failure;
	char reason[300];
	struct control_call *control_call;
	struct kv_call *kv_call;
	struct waiter *waiters;
	unsigned pages, vain;
	size_t others; /* records of other apps, shown nowhere */
	size_t told;   /* records, shown or not */
	size_t unshown;
	int64_t asked_at, read_at, cost; /* the time that its pages took, in milliseconds */
};

static void enter(struct edition *edition, struct edition_room *room)
{
	struct edition **last = &room->oldest;

	while (*last)
		last = &(*last)->next;
	edition->room = room;
	edition->previous = last;
	*last = edition;
}

struct edition *edition_new(struct edition_room *room, struct name_table *names,
			    edition_ended *ended, void *owner)
{
	struct edition *edition = calloc(1, sizeof(*edition));

	if (!edition)
		return NULL;
	enter(edition, room);
	edition->references = 1;
	edition->table.names = names;
	edition->ended = ended;
	edition->owner = owner;
	edition->read_at = loop_now();
	return edition;
}

void edition_hold(struct edition *edition)
{
	edition->references++;
}

/* Its portals, of which none is shown from now on. */
static void empty(struct edition *edition)
{
	struct name_table *names = edition->table.names;

	edition->room->portals -= edition->table.count;
	install_table_free(&edition->table);
	edition->table = (struct install_table){.names = names, .thin = true};
}

static void free_edition(struct edition *edition)
{
	*edition->previous = edition->next;
	if (edition->next)
		edition->next->previous = edition->previous;
	empty(edition);
	free(edition->cursor);
	free(edition->namespace_id);
	free(edition->only_app);
	for (size_t i = 0; i < edition->app_count; i++)
		free(edition->apps[i]);
	free(edition->apps);
	for (size_t i = 0; i < edition->stranger_count; i++)
		free(edition->strangers[i]);
	free(edition);
}

void edition_close(struct edition *edition)
{
	if (!edition)
		return;
	/* Whoever waits may hold and close it once more, while he is told. */
	if (edition->references == 1)
		edition_stop(edition);
	if (--edition->references == 0)
		free_edition(edition);
}

/* ---- who waits ---- */

static bool is_over(const struct edition *edition)
{
	return edition->complete || edition->stopped || edition->failure.kind != OUTCOME_OK;
}

static bool is_satisfied(const struct edition *edition, const struct waiter *waiter)
{
	if (is_over(edition))
		return true;
	return waiter->name ? install_table_has(&edition->table, waiter->name)
			    : edition->table.count > waiter->index;
}

static struct waiter *take_satisfied(struct edition *edition)
{
	struct waiter **place = &edition->waiters, *waiter;

	while (*place && !is_satisfied(edition, *place))
		place = &(*place)->next;
	waiter = *place;
	if (waiter)
		*place = waiter->next;
	return waiter;
}

/* A waiter may give up his hold, or wait anew; the caller keeps one. */
static void answer_waiters(struct edition *edition)
{
	struct waiter *waiter;

	while ((waiter = take_satisfied(edition))) {
		struct outcome outcome = edition->failure;

		waiter->ready(waiter->context, &outcome);
		free(waiter->name);
		free(waiter);
	}
}

static void ask_page(struct edition *edition);

static void read_on(struct edition *edition)
{
	if (!edition->begun || edition->asking || is_over(edition))
		return;
	if (edition->waiters || edition->table.count < edition->wanted)
		ask_page(edition);
}

static void wait(struct edition *edition, const char *name, size_t index, refresh_ready *ready,
		 void *context)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter)), **last = &edition->waiters;
	struct outcome outcome = edition->failure;

	if (waiter && name)
		waiter->name = strdup(name);
	if (!waiter || (name && !waiter->name)) {
		free(waiter);
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory to wait for an answer");
		ready(context, &outcome);
		return;
	}
	waiter->index = index;
	waiter->ready = ready;
	waiter->context = context;
	if (is_satisfied(edition, waiter)) {
		free(waiter->name);
		free(waiter);
		read_on(edition);
		ready(context, &outcome);
		return;
	}
	while (*last)
		last = &(*last)->next;
	*last = waiter;
	read_on(edition);
}

void edition_wait_name(struct edition *edition, const char *name, refresh_ready *ready,
		       void *context)
{
	wait(edition, name, 0, ready, context);
}

void edition_wait(struct edition *edition, size_t index, refresh_ready *ready, void *context)
{
	if (edition->wanted < index + AHEAD)
		edition->wanted = index + AHEAD;
	wait(edition, NULL, index, ready, context);
}

/* ---- what has come ---- */

void edition_set_former(struct edition *edition, bool former)
{
	edition->former = former;
}

/* Of what is served no more, its readers want the names alone. */
void edition_disown(struct edition *edition)
{
	edition->ended = NULL;
	edition->former = true;
	install_table_thin(&edition->table, is_over(edition));
}

const struct install *edition_find(const struct edition *edition, const char *name)
{
	return install_table_find(&edition->table, name);
}

uint32_t edition_name_at(const struct edition *edition, size_t index)
{
	return index < edition->table.count ? edition->table.ids[index] : 0;
}

/* ---- pages ---- */

static void finish(struct edition *edition, const struct outcome *outcome)
{
	edition->failure = *outcome;
	edition->complete = outcome->kind == OUTCOME_OK;
	if (edition->ended)
		edition->ended(edition->owner, outcome);
	edition->ended = NULL;
	if (edition->table.thin)
		install_table_thin(&edition->table, true);
}

/* A page has come with so many records, and before it there were so many that count. */
static void count_page(struct edition *edition, size_t records, size_t before)
{
	edition->pages++;
	edition->told += records;
	edition->vain = edition->table.count + edition->others > before ? 0 : edition->vain + 1;
}

static bool is_endless(const struct edition *edition)
{
	return edition->told > PORTALS_MAX || edition->pages > PAGES_MAX ||
	       edition->vain > VAIN_MAX;
}

static void cancel_call(struct edition *edition)
{
	if (edition->control_call)
		control_cancel(edition->control_call);
	if (edition->kv_call)
		(void)kv_cancel(edition->kv_call);
	edition->control_call = NULL;
	edition->kv_call = NULL;
	edition->asking = false;
}

static struct outcome no_room(void)
{
	return outcome_make(OUTCOME_NO_MEMORY, "the mount has room for %d installs", PORTALS_MAX);
}

/* Whoever still reads it is told that there is no more. */
static void give_up(struct edition *edition)
{
	edition_hold(edition);
	cancel_call(edition);
	edition->complete = false;
	edition->failure = no_room();
	empty(edition);
	answer_waiters(edition);
	edition_close(edition);
}

static struct edition *oldest_former(const struct edition_room *room)
{
	struct edition *edition = room->oldest;

	while (edition && (!edition->former || edition->table.count == 0))
		edition = edition->next;
	return edition;
}

/* False where what is served takes all of it. */
static bool make_room(struct edition_room *room, const struct edition *mine)
{
	struct edition *former;

	while (room->portals > PORTALS_MAX) {
		former = oldest_former(room);
		if (!former || former == mine)
			return false;
		give_up(former);
	}
	return true;
}

/* `end` is the page's outcome, next its cursor. */
static void end_page(struct edition *edition, const struct outcome *outcome, const char *next)
{
	struct outcome end = *outcome;
	char *cursor = next ? strdup(next) : NULL;
	bool too_long = false;

	edition_hold(edition);
	edition->asking = false;
	edition->control_call = NULL;
	edition->kv_call = NULL;
	edition->read_at = loop_now();
	edition->cost += edition->read_at - edition->asked_at;
	free(edition->cursor);
	edition->cursor = cursor;
	if (end.kind == OUTCOME_OK && next && !cursor)
		end = outcome_make(OUTCOME_NO_MEMORY, "no memory for the installs");
	if (end.kind == OUTCOME_OK && (too_long = is_endless(edition)))
		end = outcome_make(OUTCOME_BAD_REPLY, "the list of installs has no end");
	else if (end.kind == OUTCOME_OK && (too_long = !make_room(edition->room, edition)))
		end = no_room();
	if (end.kind != OUTCOME_OK || !next)
		finish(edition, &end);
	/* Of a list that is too long nothing is kept. */
	if (too_long)
		empty(edition);
	answer_waiters(edition);
	read_on(edition);
	edition_close(edition);
}

static bool is_listed(const struct edition *edition, const char *app)
{
	for (size_t i = 0; i < edition->app_count; i++)
		if (!strcmp(edition->apps[i], app))
			return true;
	return false;
}

/* One of an app that has no place here. Where the configuration chose another, that is no news. */
static bool leave_out(struct edition *edition, const struct control_install *told)
{
	char **name = &edition->strangers[edition->stranger_count];

	edition->others++;
	if (is_listed(edition, told->app))
		return true;
	edition->unshown++;
	if (edition->stranger_count == STRANGERS_MAX)
		return true;
	if (asprintf(name, "%s/%s", told->app, told->portal) < 0)
		return false;
	edition->stranger_count++;
	return true;
}

static bool is_left_out(const struct edition *edition, const char *app)
{
	if (edition->source.only_app)
		return strcmp(app, edition->source.only_app) != 0;
	return edition->source.by_app && !is_listed(edition, app);
}

static bool add_told(struct edition *edition, const struct control_install *told)
{
	const char *fields[INSTALL_FIELDS] = {told->portal, told->app,	   told->install_id,
					      told->state,  told->updated, told->created};
	char name[200];
	bool added, kept;

	if (told->app && is_left_out(edition, told->app))
		return leave_out(edition, told);
	if (edition->source.by_app && !told->app) {
		edition->unshown++;
		return true;
	}
	if (edition->source.by_app)
		snprintf(name, sizeof(name), "%s/%s", told->app, told->portal);
	else
		snprintf(name, sizeof(name), "%s", told->portal);
	kept = install_table_add(&edition->table, name, fields, &added);
	edition->room->portals += kept && added;
	edition->unshown += kept && !added;
	return kept;
}

static struct outcome no_memory(void)
{
	return outcome_make(OUTCOME_NO_MEMORY, "no memory for the installs");
}

/* Only of the first page: a list that breaks off later is none. */
static bool is_reason(const struct edition *edition, const struct outcome *outcome)
{
	return edition->source.may_be_unknown && !edition->pages &&
	       (outcome->kind == OUTCOME_NOT_FOUND || outcome->kind == OUTCOME_GATE_CLOSED);
}

static void page_came(void *context, const struct outcome *outcome,
		      const struct control_install *told, size_t count, size_t unshown,
		      const char *next)
{
	struct edition *edition = context;
	size_t before = edition->table.count + edition->others;
	struct outcome end = *outcome;

	if (is_reason(edition, outcome)) {
		snprintf(edition->reason, sizeof(edition->reason), "%.299s", outcome->message);
		end.kind = OUTCOME_OK;
	}
	edition->unshown += unshown;
	for (size_t i = 0; end.kind == OUTCOME_OK && i < count; i++)
		if (!add_told(edition, &told[i]))
			end = no_memory();
	count_page(edition, count + unshown, before);
	end_page(edition, &end, next);
}

/* Of the keys of a store of sealed tokens only the portal's number is used. */
static void keys_came(void *context, const struct outcome *outcome, const struct kv_key *keys,
		      size_t count, const char *next)
{
	struct edition *edition = context;
	size_t before = edition->table.count + edition->others;
	struct outcome end = *outcome;

	for (size_t i = 0; end.kind == OUTCOME_OK && i < count; i++) {
		char *portal = kv_last_digits(keys[i].name);
		const char *fields[INSTALL_FIELDS] = {
		    portal, edition->source.only_app, NULL, NULL, NULL, NULL};
		bool added;

		edition->unshown += !portal;
		if (portal && !install_table_add(&edition->table, portal, fields, &added))
			end = no_memory();
		else if (portal)
			edition->room->portals += added;
		free(portal);
	}
	count_page(edition, count, before);
	end_page(edition, &end, next);
}

static void ask_page(struct edition *edition)
{
	const struct edition_source *source = &edition->source;
	struct outcome end;

	edition->asking = true;
	edition->asked_at = loop_now();
	if (source->plane)
		edition->control_call =
		    control_installs(source->plane, source->account, source->project,
				     source->environment, edition->cursor, page_came, edition);
	else
		edition->kv_call = kv_keys(source->kv, edition->namespace_id, "", edition->cursor,
					   keys_came, edition);
	if (edition->control_call || edition->kv_call)
		return;
	end = no_memory();
	end_page(edition, &end, NULL);
}

static bool copy_apps(struct edition *edition)
{
	const struct edition_source *source = &edition->source;

	edition->apps = calloc(source->app_count + 1, sizeof(*edition->apps));
	while (edition->apps && edition->app_count < source->app_count) {
		edition->apps[edition->app_count] = strdup(source->apps[edition->app_count]);
		if (!edition->apps[edition->app_count])
			return false;
		edition->app_count++;
	}
	return edition->apps != NULL;
}

/* The configuration's texts live as long as the mount, but what was told may be told anew. */
static bool copy_texts(struct edition *edition)
{
	struct edition_source *source = &edition->source;

	if (source->namespace_id && !(edition->namespace_id = strdup(source->namespace_id)))
		return false;
	if (source->only_app && !(edition->only_app = strdup(source->only_app)))
		return false;
	source->namespace_id = edition->namespace_id;
	source->only_app = edition->only_app;
	return copy_apps(edition);
}

void edition_begin(struct edition *edition, const struct edition_source *source)
{
	struct outcome end;

	edition->source = *source;
	edition->begun = true;
	if (copy_texts(edition)) {
		read_on(edition);
		return;
	}
	end = no_memory();
	edition_end(edition, &end);
}

void edition_end(struct edition *edition, const struct outcome *outcome)
{
	edition_hold(edition);
	if (!is_over(edition))
		finish(edition, outcome);
	answer_waiters(edition);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it is held since the first line */
	edition_close(edition);
}

void edition_stop(struct edition *edition)
{
	if (edition->stopped)
		return;
	edition->stopped = true;
	edition->ended = NULL;
	cancel_call(edition);
	if (edition->failure.kind == OUTCOME_OK && !edition->complete)
		edition->failure =
		    outcome_make(OUTCOME_CANCELLED, "the file system is being unmounted");
	if (edition->waiters)
		answer_waiters(edition);
}

bool edition_is_complete(const struct edition *edition)
{
	return edition->complete;
}

const struct outcome *edition_failure(const struct edition *edition)
{
	return &edition->failure;
}

int64_t edition_read_at(const struct edition *edition)
{
	return edition->read_at;
}

int64_t edition_cost(const struct edition *edition)
{
	return edition->cost;
}

bool edition_is_reading(const struct edition *edition)
{
	return edition->asking;
}

const char *edition_reason(const struct edition *edition)
{
	return edition->reason;
}

size_t edition_unshown(const struct edition *edition)
{
	return edition->unshown;
}

const char *edition_stranger(const struct edition *edition, size_t index)
{
	return index < edition->stranger_count ? edition->strangers[index] : NULL;
}
