/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_ROUTES_H
#define HSXFS_ROUTES_H

#include "accounts.h"
#include "refresh.h"

/*
 * The routes of a project: which deploy is live in each environment. One request serves all three.
 * A project that the control plane does not know, or that is not linked, has none.
 */

struct routes;

checked struct routes *routes_new(struct project_state *project);

/* Ends what runs; who waits gets OUTCOME_CANCELLED. NULL is allowed. */
void routes_free(struct routes *routes);

/* Calls ready when the routes are known; see refresh.h. */
void routes_wait(struct routes *routes, refresh_ready *ready, void *context);
int64_t routes_fresh_for(const struct routes *routes);
void routes_expire(struct routes *routes);
time_t routes_stale_since(const struct routes *routes);

/* The value of a file in routes/ (NODE_ACTIVE to NODE_UPDATED), without a newline; NULL: there is
 * none. Borrowed. */
const char *routes_value(const struct routes *routes, enum environment environment,
			 enum node_kind kind);

/* When an environment's route changed, in seconds of the epoch; TREE_UNKNOWN_TIME: not known. */
time_t routes_time(const struct routes *routes, enum environment environment);

/* An environment that a server tells of, as it can be shown: one of the three names, or "unknown". */
const char *routes_environment(const char *told);

/* The environment that the project's Workers attested last; NULL: not known. */
const char *routes_serving(const struct routes *routes);

/* Why an environment has no route, "" if it has one or nothing is known. Borrowed. */
const char *routes_reason(const struct routes *routes, enum environment environment);

#endif
