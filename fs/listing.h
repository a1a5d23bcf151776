/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_LISTING_H
#define HSXFS_LISTING_H

#include "../backends/secrets.h"
#include "name_table.h"
#include "refresh.h"

/*
 * What is known of the names in one secrets/ directory. One listing request serves all who wait for
 * it and everybody after them until it is older than the time to live. The mount's own changes show
 * at once, whatever a listing on its way says.
 */

struct listing;

/* How much is known of one name. */
enum presence {
	PRESENCE_UNKNOWN, /* the listing is not fresh */
	PRESENCE_THERE,
	PRESENCE_ABSENT
};

/*
 * A listing of the backend's names, kept for so many milliseconds. Both pointers are borrowed for
 * its life. NULL where memory is short.
 */
checked struct listing *listing_new(struct secrets *secrets, struct name_table *names,
				    int64_t time_to_live);

/* Frees it; who waits gets OUTCOME_CANCELLED. Free the backend first. NULL is allowed. */
void listing_free(struct listing *listing);

/* Calls ready when the names are known, at once if they are fresh; see refresh.h. */
void listing_wait(struct listing *listing, refresh_ready *ready, void *context);

/* Milliseconds for which the names stay fresh; 0: they are not. */
int64_t listing_fresh_for(const struct listing *listing);

/* What is known of a name, without asking anybody. */
enum presence listing_presence(const struct listing *listing, const char *name);

/* The name's item, from the latest listing however old; NULL if it was not in it. Borrowed. */
const struct secret_name *listing_find(const struct listing *listing, const char *name);

/* The latest names, NULL before the first listing. Borrowed until the loop runs on. */
const struct secret_names *listing_names(const struct listing *listing);

/* The mount has set, or removed, the name. */
void listing_note(struct listing *listing, const char *name, bool present);

/* Forgets that it is fresh, so that the next one to wait asks. */
void listing_expire(struct listing *listing);

/* Names that no directory entry can hold: how many the latest listing had. */
size_t listing_unshown(const struct listing *listing);

/* When the listing that is served was made, in seconds of the epoch, if it is stale; else 0. */
int64_t listing_stale_since(const struct listing *listing);

/* How many waits were answered from memory, and how many asked the backend. */
unsigned long listing_hits(const struct listing *listing);
unsigned long listing_misses(const struct listing *listing);

#endif
