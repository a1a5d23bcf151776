/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SECRET_TIME_H
#define HSXFS_SECRET_TIME_H

#include "filesystem.h"
#include "set_times.h"

/*
 * When secrets were set: what the journal of changes tells, and what this mount has done since. No
 * server tells it.
 */

/* The Cloudflare account of an environment's Workers; NULL where it is a dotenv file. Borrowed. */
const char *secret_account(const struct environment_state *environment);

/*
 * The last time that a secret was set in the Worker where that is the longest ago. False if it is
 * not known of each Worker of the environment.
 */
checked bool secret_last_set(struct filesystem *filesystem, const struct node *node,
			     struct set_time *set);

/*
 * When a secret was set, or when anything in secrets/ was last set or removed; TREE_UNKNOWN_TIME:
 * not known.
 */
struct timespec secret_time(struct filesystem *filesystem, const struct node *node);

/* This mount has set or removed a secret of an environment. */
void secret_changed(struct filesystem *filesystem, const struct node *node, const char *name,
		    bool removed, const struct set_time *change);

#endif
