/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_REFRESH_H
#define HSXFS_REFRESH_H

#include "../backends/loop.h"
#include "../backends/outcome.h"
#include <stdint.h>
#include <time.h>

/*
 * When something that came from a backend is believed, and who waits for it to be asked anew. One
 * request serves all who wait and everybody after them until the time to live is over. What was had
 * before is served on where the backend cannot be asked.
 */

/*
 * The end of a wait. OUTCOME_OK also if the backend could not be asked and what was known serves in
 * its place. The outcome is borrowed.
 */
typedef void refresh_ready(void *context, const struct outcome *outcome);

/* Asks the backend; refresh_answered ends it. */
typedef void refresh_ask(void *owner);

struct refresh_waiter;

struct refresh {
	refresh_ask *ask;
	void *owner;
	int64_t time_to_live, fresh_until; /* milliseconds; loop_now() */
	bool asking, known;
	bool outdated; /* it was expired while the answer was on its way */
	struct refresh_waiter *waiters;
	time_t answered_at, stale_since; /* stale_since 0: what is served is not old */
	unsigned long hits, misses;	 /* waits answered from memory; requests */
};

void refresh_init(struct refresh *refresh, int64_t time_to_live, refresh_ask *ask, void *owner);

/* Calls ready when it is known, at once if it is fresh. */
void refresh_wait(struct refresh *refresh, refresh_ready *ready, void *context);

/* The owner has an answer: OUTCOME_OK if it has taken a new content. */
void refresh_answered(struct refresh *refresh, const struct outcome *outcome);

/* Milliseconds for which the content stays fresh; 0: it is not. */
int64_t refresh_fresh_for(const struct refresh *refresh);

/* Forgets that it is fresh, so that the next one to wait asks; an answer that is on its way will not
 * do for him. */
void refresh_expire(struct refresh *refresh);

/* Who waits gets OUTCOME_CANCELLED. The backend must not answer any more. */
void refresh_end(struct refresh *refresh);

#endif
