/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_INSTALLS_H
#define HSXFS_INSTALLS_H

#include "accounts.h"
#include "edition.h"
#include "refresh.h"
#include <time.h>

/*
 * The portals that have installed an environment's app. They come in pages, and are shown as they
 * come: an edition (edition.h) is one pass through the pages.
 */

struct installs;

checked struct installs *installs_new(struct filesystem *filesystem,
				      struct environment_state *environment);

/* Ends what runs; who waits gets OUTCOME_CANCELLED. NULL is allowed. */
void installs_free(struct installs *installs);

/*
 * Calls ready when it is known whether there is a portal of that name (APP/PORTAL where the project
 * has several apps); NULL: when the first are known, or that there are none. See refresh.h.
 */
void installs_wait(struct installs *installs, const char *name, refresh_ready *ready,
		   void *context);

/* Milliseconds for which what is known stays fresh. */
int64_t installs_fresh_for(const struct installs *installs);
void installs_expire(struct installs *installs);

/* When the edition that is served was read, in seconds of the epoch, if it is stale; else 0. */
time_t installs_stale_since(const struct installs *installs);

/* Why there are none, "" if there are or nothing is known. Borrowed. */
const char *installs_reason(const struct installs *installs);

/* The portal of that name, from what is known; NULL: there is none. Borrowed until the loop runs
 * on. */
const struct install *installs_find(const struct installs *installs, const char *name);

/* Records of the edition that is served which cannot be shown. */
size_t installs_unshown(const struct installs *installs);

/* Its file: pretty JSON with a newline; the caller frees it. NULL where memory is short. */
checked char *installs_text(const struct installs *installs, const struct install *install,
			    size_t *length);

/* The edition that is served, held for the caller, to read it in order; NULL: there is none. */
struct edition *installs_open(struct installs *installs);

#endif
