/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_EDITION_H
#define HSXFS_EDITION_H

#include "../backends/control_plane.h"
#include "../backends/kv.h"
#include "install_table.h"
#include "refresh.h"
#include <time.h>

/*
 * One pass through the pages of an environment's installs. Whoever reads the directory keeps the
 * edition that he began with. It is read on only as far as somebody wants it, and a page ahead.
 */

struct edition;

/*
 * What all editions of a mount share: together they have at most a million portals. What only open
 * directories hold on to goes before anything is refused. All zero it is empty.
 */
struct edition_room {
	size_t portals;
	struct edition *oldest;
};

/* Where the pages come from, and what is taken of them. What follows namespace_id is copied, with it.
 */
struct edition_source {
	struct control_plane *plane; /* NULL: from the KV key names alone */
	const char *account, *project, *environment;
	bool by_app;	     /* names are APP/PORTAL */
	bool may_be_unknown; /* that there is no such project is no failure, but a reason */
	struct kv *kv;
	const char *namespace_id;
	const char *only_app;	 /* NULL: every app's */
	const char *const *apps; /* that the project lists */
	size_t app_count;
};

/* The end of an edition: the last page has come (OUTCOME_OK), or it failed. */
typedef void edition_ended(void *owner, const struct outcome *outcome);

/*
 * An edition held once, of which nothing is asked yet. ended is called at most once, before those
 * who wait are told. NULL where memory is short.
 */
checked struct edition *edition_new(struct edition_room *room, struct name_table *names,
				    edition_ended *ended, void *owner);

/* Where it is to be read from; what waits goes on. */
void edition_begin(struct edition *edition, const struct edition_source *source);

/* It ends before it has begun: with nothing in it (OUTCOME_OK), or with a failure. */
void edition_end(struct edition *edition, const struct outcome *outcome);

/* Its owner hears nothing more, and finds nothing in it; who reads it goes on. */
void edition_disown(struct edition *edition);

/* It is kept only in case that the one in its place fails, and given up where there is no room. */
void edition_set_former(struct edition *edition, bool former);

void edition_hold(struct edition *edition);

/* Gives up a hold; the last one frees it. NULL is allowed. */
void edition_close(struct edition *edition);

/* Stops it: no request goes on, its owner hears nothing more, who waits gets OUTCOME_CANCELLED. */
void edition_stop(struct edition *edition);

/* Calls ready when the edition has a portal of that name, or its end has come. */
void edition_wait_name(struct edition *edition, const char *name, refresh_ready *ready,
		       void *context);

/* Calls ready when the edition has more than `index` portals, or its end has come. */
void edition_wait(struct edition *edition, size_t index, refresh_ready *ready, void *context);

/* The name of the portal at an index, in the server's order; 0: there is none, or none yet. */
uint32_t edition_name_at(const struct edition *edition, size_t index);

/* The portal of that name among those that have come; NULL: there is none. */
const struct install *edition_find(const struct edition *edition, const char *name);

bool edition_is_complete(const struct edition *edition);

/* OUTCOME_OK unless it has failed. Borrowed. */
const struct outcome *edition_failure(const struct edition *edition);

/* loop_now() of the latest page, or of its making; the milliseconds that its pages took; and whether
 * one is on its way. */
int64_t edition_read_at(const struct edition *edition);
int64_t edition_cost(const struct edition *edition);
bool edition_is_reading(const struct edition *edition);

/* Why it is empty, "" if there is no reason. Borrowed. */
const char *edition_reason(const struct edition *edition);

/* Records that cannot be shown. */
size_t edition_unshown(const struct edition *edition);

/* Of these, the first portals of apps that the project does not list, as APP/PORTAL; NULL after the
 * last. Borrowed. */
const char *edition_stranger(const struct edition *edition, size_t index);

#endif
