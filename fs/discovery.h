/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DISCOVERY_H
#define HSXFS_DISCOVERY_H

#include "accounts.h"
#include "refresh.h"

/*
 * Accounts and projects as the control plane lists them. A listing is believed for ten times as
 * long as others (accounts and projects come and go seldom), and what it no longer tells of is not
 * present any more, unless it is configured.
 */

struct discovery;

/* NULL where memory is short. The account, or filesystem, owns and frees it. */
checked struct discovery *discovery_of_accounts(struct filesystem *filesystem);
checked struct discovery *discovery_of_projects(struct account_state *account);

/* Ends what runs; who waits gets OUTCOME_CANCELLED. NULL is allowed. */
void discovery_free(struct discovery *discovery);

/* Calls ready when the accounts, or projects, are known. */
void discovery_wait(struct discovery *discovery, refresh_ready *ready, void *context);

/*
 * Calls ready when what the control plane tells of a project is known, at once if there is no
 * control plane or it has told of it before, linked and with its app.
 */
void discovery_wait_project(struct project_state *project, refresh_ready *ready, void *context);

/* See refresh.h. */
int64_t discovery_fresh_for(const struct discovery *discovery);
void discovery_expire(struct discovery *discovery);

/* When what is served was told, in seconds of the epoch, if it is stale; else 0. */
time_t discovery_stale_since(const struct discovery *discovery);

#endif
