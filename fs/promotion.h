/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_PROMOTION_H
#define HSXFS_PROMOTION_H

#include "filesystem.h"

/*
 * What a write to routes/active does. The id that `previous` has is a rollback; any other is a
 * promotion, of a deploy that was attested healthy for this environment. Both are sent once, on a
 * fresh connection. Where the answer is lost, the routes say whether it was done.
 */

struct promotion;

/* OUTCOME_OK for the id of a deploy: one word of [A-Za-z0-9_.:-], no dot in front, at most 128. */
struct outcome promotion_check(const char *bytes, size_t length);

/*
 * Makes a deploy (copied) the live one of the node's environment. done is called exactly once,
 * perhaps at once. OUTCOME_BAD_VALUE: no such deploy, or attested for another environment;
 * OUTCOME_GATE_CLOSED: it may not be promoted now. The id that is live already sends nothing.
 */
void promotion_begin(struct filesystem *filesystem, const struct node *node, const char *deploy,
		     secrets_done *done, void *context);

/* Ends the one of that context without calling back; true if a change was on its way. */
bool promotion_cancel(struct filesystem *filesystem, const void *context);

/* Ends them all without calling back. */
void promotions_free(struct filesystem *filesystem);

/* OUTCOME_OK, or why nothing can be promoted in the node's environment. */
struct outcome promotion_ready(const struct filesystem *filesystem, const struct node *node);

#endif
