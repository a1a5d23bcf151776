/* SPDX-License-Identifier: MIT */
#include "listing.h"
#include "names.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct waiter {
	struct waiter *next;
	listing_ready *ready;
	void *context;
};

/* A change by this mount while a listing was on its way: the listing may or may not know of it. */
struct note {
	struct note *next;
	bool present;
	char name[];
};

struct listing {
	struct secrets *secrets;
	struct name_table *table;
	int64_t time_to_live, fresh_until;
	struct secret_names *names;
	uint32_t *ids; /* the holds that keep the names' ids */
	size_t id_count;
	bool asking;
	struct waiter *waiters;
	struct note *notes;
	size_t unshown;
	int64_t listed_at, stale_since;
	unsigned long hits, misses;
};

struct listing *listing_new(struct secrets *secrets, struct name_table *table, int64_t time_to_live)
{
	struct listing *listing = calloc(1, sizeof(*listing));

	if (!listing)
		return NULL;
	listing->secrets = secrets;
	listing->table = table;
	listing->time_to_live = time_to_live;
	return listing;
}

static void release_ids(struct listing *listing)
{
	for (size_t i = 0; i < listing->id_count; i++)
		name_release(listing->table, listing->ids[i], 1);
	free(listing->ids);
	listing->ids = NULL;
	listing->id_count = 0;
}

static void free_notes(struct listing *listing)
{
	while (listing->notes) {
		struct note *note = listing->notes;

		listing->notes = note->next;
		free(note);
	}
}

static void answer_waiters(struct listing *listing, const struct outcome *outcome)
{
	struct waiter *waiters = listing->waiters;

	listing->waiters = NULL;
	while (waiters) {
		struct waiter *waiter = waiters;

		waiters = waiter->next;
		waiter->ready(waiter->context, outcome);
		free(waiter);
	}
}

void listing_free(struct listing *listing)
{
	struct outcome ended =
	    outcome_make(OUTCOME_CANCELLED, "the file system is being unmounted");

	if (!listing)
		return;
	answer_waiters(listing, &ended);
	free_notes(listing);
	release_ids(listing);
	secret_names_free(listing->names);
	free(listing);
}

/* New holds come before the old ones go, so a name that stays keeps its id. */
static void hold_ids(struct listing *listing)
{
	const struct secret_names *names = listing->names;
	uint32_t *ids = calloc(names->count ? names->count : 1, sizeof(*ids));
	size_t count = 0;

	listing->unshown = names->with_nul;
	for (size_t i = 0; i < names->count; i++) {
		if (!name_is_showable(names->items[i].name))
			listing->unshown++;
		else if (ids)
			ids[count++] = name_hold(listing->table, names->items[i].name);
	}
	release_ids(listing);
	listing->ids = ids;
	listing->id_count = ids ? count : 0;
}

static void apply(struct listing *listing, const char *name, bool present)
{
	unsigned scripts = listing->secrets->ops->scripts(listing->secrets);

	if (!present) {
		secret_names_remove(listing->names, name);
		return;
	}
	for (unsigned script = 0; script < scripts; script++)
		if (!secret_names_add(listing->names, name, false, script, scripts))
			listing->fresh_until = 0;
}

static void apply_notes(struct listing *listing)
{
	for (struct note *note = listing->notes; note; note = note->next)
		apply(listing, note->name, note->present);
	free_notes(listing);
}

static void take_names(struct listing *listing, struct secret_names *names)
{
	secret_names_free(listing->names);
	listing->names = names;
	listing->fresh_until = loop_now() + listing->time_to_live;
	listing->listed_at = time(NULL);
	listing->stale_since = 0;
	apply_notes(listing);
	hold_ids(listing);
}

static void listed(void *context, const struct outcome *outcome, struct secret_names *names)
{
	struct listing *listing = context;
	struct outcome served = *outcome;

	listing->asking = false;
	if (names) {
		take_names(listing, names);
	} else if (listing->names && outcome_is_unreachable(outcome->kind)) {
		listing->stale_since = listing->listed_at;
		served.kind = OUTCOME_OK;
	}
	free_notes(listing);
	answer_waiters(listing, &served);
}

void listing_wait(struct listing *listing, listing_ready *ready, void *context)
{
	struct outcome ok = {.kind = OUTCOME_OK};
	struct waiter **last = &listing->waiters, *waiter;

	if (listing_fresh_for(listing) > 0) {
		listing->hits++;
		ready(context, &ok);
		return;
	}
	waiter = calloc(1, sizeof(*waiter));
	if (!waiter) {
		ok = outcome_make(OUTCOME_NO_MEMORY, "no memory to wait for a listing");
		ready(context, &ok);
		return;
	}
	*waiter = (struct waiter){.ready = ready, .context = context};
	while (*last)
		last = &(*last)->next;
	*last = waiter;
	if (listing->asking)
		return;
	listing->asking = true;
	listing->misses++;
	listing->secrets->ops->list(listing->secrets, listed, listing);
}

int64_t listing_fresh_for(const struct listing *listing)
{
	int64_t left = listing->fresh_until - loop_now();

	return listing->names && left > 0 ? left : 0;
}

enum presence listing_presence(const struct listing *listing, const char *name)
{
	if (!listing_fresh_for(listing))
		return PRESENCE_UNKNOWN;
	return listing_find(listing, name) ? PRESENCE_THERE : PRESENCE_ABSENT;
}

const struct secret_name *listing_find(const struct listing *listing, const char *name)
{
	return listing->names ? secret_names_find(listing->names, name) : NULL;
}

const struct secret_names *listing_names(const struct listing *listing)
{
	return listing->names;
}

static void keep_note(struct listing *listing, const char *name, bool present)
{
	struct note **last = &listing->notes;
	struct note *note = calloc(1, sizeof(*note) + strlen(name) + 1);

	if (!note)
		return;
	note->present = present;
	strcpy(note->name, name);
	while (*last)
		last = &(*last)->next;
	*last = note;
}

void listing_note(struct listing *listing, const char *name, bool present)
{
	if (listing->asking)
		keep_note(listing, name, present);
	if (!listing->names)
		return;
	apply(listing, name, present);
	hold_ids(listing);
}

void listing_expire(struct listing *listing)
{
	listing->fresh_until = 0;
}

size_t listing_unshown(const struct listing *listing)
{
	return listing->unshown;
}

int64_t listing_stale_since(const struct listing *listing)
{
	return listing->stale_since;
}

unsigned long listing_hits(const struct listing *listing)
{
	return listing->hits;
}

unsigned long listing_misses(const struct listing *listing)
{
	return listing->misses;
}
