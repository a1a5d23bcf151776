/* SPDX-License-Identifier: MIT */
#include "refresh.h"
#include <stdlib.h>

struct refresh_waiter {
	struct refresh_waiter *next;
	bool late; /* the answer that is on its way may be too old for him */
	refresh_ready *ready;
	void *context;
};

void refresh_init(struct refresh *refresh, int64_t time_to_live, refresh_ask *ask, void *owner)
{
	*refresh = (struct refresh){.time_to_live = time_to_live, .ask = ask, .owner = owner};
}

static void ask(struct refresh *refresh)
{
	refresh->asking = true;
	refresh->misses++;
	refresh->ask(refresh->owner);
}

static void answer_all(struct refresh_waiter *waiters, const struct outcome *outcome)
{
	while (waiters) {
		struct refresh_waiter *waiter = waiters;

		waiters = waiter->next;
		waiter->ready(waiter->context, outcome);
		free(waiter);
	}
}

static bool add_waiter(struct refresh *refresh, refresh_ready *ready, void *context)
{
	struct refresh_waiter **last = &refresh->waiters, *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return false;
	*waiter =
	    (struct refresh_waiter){.late = refresh->outdated, .ready = ready, .context = context};
	while (*last)
		last = &(*last)->next;
	*last = waiter;
	return true;
}

void refresh_wait(struct refresh *refresh, refresh_ready *ready, void *context)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (refresh_fresh_for(refresh) > 0) {
		refresh->hits++;
		ready(context, &outcome);
		return;
	}
	if (!add_waiter(refresh, ready, context)) {
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory to wait for an answer");
		ready(context, &outcome);
		return;
	}
	if (!refresh->asking)
		ask(refresh);
}

/* Takes those whom this answer is for out of the line, of which the late ones are the end. */
static struct refresh_waiter *take_early(struct refresh *refresh, const struct outcome *outcome)
{
	struct refresh_waiter *early = NULL, **last = &early;

	while (refresh->waiters &&
	       (!refresh->waiters->late || outcome->kind == OUTCOME_CANCELLED)) {
		*last = refresh->waiters;
		refresh->waiters = refresh->waiters->next;
		last = &(*last)->next;
	}
	*last = NULL;
	return early;
}

static void answer_waiters(struct refresh *refresh, const struct outcome *outcome)
{
	struct refresh_waiter *early = take_early(refresh, outcome);

	for (struct refresh_waiter *late = refresh->waiters; late; late = late->next)
		late->late = false;
	if (refresh->waiters)
		ask(refresh);
	answer_all(early, outcome);
}

void refresh_answered(struct refresh *refresh, const struct outcome *outcome)
{
	struct outcome served = *outcome;

	refresh->asking = false;
	if (outcome->kind == OUTCOME_OK) {
		refresh->known = true;
		refresh->fresh_until = refresh->outdated ? 0 : loop_now() + refresh->time_to_live;
		refresh->answered_at = time(NULL);
		refresh->stale_since = 0;
	} else if (refresh->known && outcome_is_unreachable(outcome->kind)) {
		refresh->stale_since = refresh->answered_at;
		served.kind = OUTCOME_OK;
	}
	refresh->outdated = false;
	answer_waiters(refresh, &served);
}

int64_t refresh_fresh_for(const struct refresh *refresh)
{
	int64_t left = refresh->fresh_until - loop_now();

	return refresh->known && left > 0 ? left : 0;
}

void refresh_expire(struct refresh *refresh)
{
	refresh->fresh_until = 0;
	refresh->outdated = refresh->asking;
}

void refresh_end(struct refresh *refresh)
{
	struct outcome ended =
	    outcome_make(OUTCOME_CANCELLED, "the file system is being unmounted");

	answer_waiters(refresh, &ended);
}
