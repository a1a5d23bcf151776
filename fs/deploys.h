/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DEPLOYS_H
#define HSXFS_DEPLOYS_H

#include "accounts.h"
#include "refresh.h"

/* A project's history of deploys, newest first, as `routes/.deploys` shows it: JSON lines. */

struct deploys;

checked struct deploys *deploys_new(struct project_state *project);

/* Ends what runs; who waits gets OUTCOME_CANCELLED. NULL is allowed. */
void deploys_free(struct deploys *deploys);

/* Calls ready when the history is known; see refresh.h. */
void deploys_wait(struct deploys *deploys, refresh_ready *ready, void *context);
int64_t deploys_fresh_for(const struct deploys *deploys);
void deploys_expire(struct deploys *deploys);

/* The lines, borrowed until the loop runs on; "" before the first answer. */
const char *deploys_text(const struct deploys *deploys, size_t *length);

#endif
