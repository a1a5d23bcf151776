/* SPDX-License-Identifier: MIT */
#include "listing.h"
#include "names.h"
#include <stdlib.h>
#include <string.h>

/* A change by this mount while a listing was on its way: the listing may or may not know of it. */
struct note {
	struct note *next;
	bool present;
	char name[];
};

struct listing {
	struct secrets *secrets;
	struct name_table *table;
	struct refresh refresh;
	struct secret_names *names;
	uint32_t *ids; /* the holds that keep the names' ids */
	size_t id_count;
	struct note *notes;
	size_t unshown;
	bool incomplete; /* memory was short for a name of it */
};

static void ask(void *owner);

struct listing *listing_new(struct secrets *secrets, struct name_table *table, int64_t time_to_live)
{
	struct listing *listing = calloc(1, sizeof(*listing));

	if (!listing)
		return NULL;
	listing->secrets = secrets;
	listing->table = table;
	refresh_init(&listing->refresh, time_to_live, ask, listing);
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

void listing_free(struct listing *listing)
{
	if (!listing)
		return;
	refresh_end(&listing->refresh);
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
			listing->incomplete = true;
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
	listing->incomplete = false;
	apply_notes(listing);
	hold_ids(listing);
}

static void listed(void *context, const struct outcome *outcome, struct secret_names *names)
{
	struct listing *listing = context;

	if (names)
		take_names(listing, names);
	free_notes(listing);
	refresh_answered(&listing->refresh, outcome);
	if (listing->incomplete)
		refresh_expire(&listing->refresh);
}

static void ask(void *owner)
{
	struct listing *listing = owner;

	listing->secrets->ops->list(listing->secrets, listed, listing);
}

void listing_wait(struct listing *listing, refresh_ready *ready, void *context)
{
	refresh_wait(&listing->refresh, ready, context);
}

int64_t listing_fresh_for(const struct listing *listing)
{
	return refresh_fresh_for(&listing->refresh);
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

	if (!note) {
		/* What comes may be older than the change. */
		refresh_expire(&listing->refresh);
		return;
	}
	note->present = present;
	strcpy(note->name, name);
	while (*last)
		last = &(*last)->next;
	*last = note;
}

void listing_note(struct listing *listing, const char *name, bool present)
{
	if (listing->refresh.asking)
		keep_note(listing, name, present);
	if (!listing->names)
		return;
	apply(listing, name, present);
	hold_ids(listing);
	if (listing->incomplete)
		refresh_expire(&listing->refresh);
}

void listing_expire(struct listing *listing)
{
	refresh_expire(&listing->refresh);
}

size_t listing_unshown(const struct listing *listing)
{
	return listing->unshown;
}

int64_t listing_stale_since(const struct listing *listing)
{
	return listing->refresh.stale_since;
}

unsigned long listing_hits(const struct listing *listing)
{
	return listing->refresh.hits;
}

unsigned long listing_misses(const struct listing *listing)
{
	return listing->refresh.misses;
}
