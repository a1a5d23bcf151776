/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAG_LISTING_H
#define HSXFS_FLAG_LISTING_H

#include "../backends/flags.h"
#include "accounts.h"
#include "refresh.h"
#include <sys/types.h>

/*
 * The flags of one environment, as its flags/ shows them: the snapshot, and over it what this mount
 * has written that the snapshot does not have yet. Archived flags are kept, but not shown.
 */

struct flag_listing;

/* How long a change of the mount is shown while the snapshot does not have it: milliseconds. */
#define FLAG_PATIENCE 300000

checked struct flag_listing *flag_listing_new(struct filesystem *filesystem,
					      struct environment_state *environment);

/* Ends what runs; who waits gets OUTCOME_CANCELLED. NULL is allowed. */
void flag_listing_free(struct flag_listing *listing);

/* Calls ready when the flags are known; see refresh.h. */
void flag_listing_wait(struct flag_listing *listing, refresh_ready *ready, void *context);
int64_t flag_listing_fresh_for(const struct flag_listing *listing);
void flag_listing_expire(struct flag_listing *listing);
time_t flag_listing_stale_since(const struct flag_listing *listing);

/* Why there are none, "" if there are or nothing is known. Borrowed. */
const char *flag_listing_reason(const struct flag_listing *listing);

/* How many are known, archived ones too, and each of them by key; borrowed until the loop runs on. */
size_t flag_listing_count(const struct flag_listing *listing);
const struct flag *flag_listing_at(const struct flag_listing *listing, size_t index);

/* A flag that is shown; or, with archived, any. NULL: there is none. */
const struct flag *flag_listing_find(const struct flag_listing *listing, const char *key,
				     bool archived);

/* False for an archived flag and for a key that no file can have. */
bool flag_is_shown(const struct flag *flag);

/* Flags whose key no file can have. */
size_t flag_listing_unshown(const struct flag_listing *listing);

/*
 * A session (getsid(2)) has been given the flag's text: what it writes over the flag is an edit of
 * that.
 */
void flag_listing_saw(struct flag_listing *listing, const struct flag *flag, pid_t session);

/* OUTCOME_OK, or why no flag can be written. */
struct outcome flag_listing_ready(const struct flag_listing *listing);

/*
 * Writes a flag: what was written is checked, and sent by one authoring request. done is called
 * exactly once, perhaps at once. OUTCOME_CONFLICT: the flag is newer than what the session was
 * given. Of one that is archived, which cannot be read again, it is told only once.
 */
void flag_listing_write(struct flag_listing *listing, const char *key, const char *bytes,
			size_t length, pid_t session, secrets_done *done, void *context);

/* Archives a flag, of which the session then knows. */
void flag_listing_archive(struct flag_listing *listing, const char *key, pid_t session,
			  secrets_done *done, void *context);

/* Ends the change of that context without calling back; true if a request was on its way. */
bool flag_listing_cancel(struct flag_listing *listing, const void *context);

#endif
