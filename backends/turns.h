/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_TURNS_H
#define HSXFS_TURNS_H

#include "loop.h"

/*
 * A queue in which one at a time has its turn: Cloudflare refuses changes of one Worker that run at
 * once (429 and 409/10035), so the changes of a script are made one after the other.
 */

struct turns {
	struct loop *loop;
	struct turn *first; /* has its turn */
};

typedef void turn_event(void *context);

/* A place in the queue. It lives in its owner's struct, zeroed at first. */
struct turn {
	struct turn *next;
	struct turns *queue; /* NULL: not in any */
	struct loop_timer timer;
	turn_event *begin, *expired;
	void *context;
};

/*
 * Queues up. begin is called when it is the turn's turn, at once if nobody is before it; or
 * expired, with the place given up, if that has not come after `limit` milliseconds.
 */
void turn_wait(struct turns *queue, struct turn *turn, int64_t limit, turn_event *begin,
	       turn_event *expired, void *context);

/* Leaves the queue, waiting or not, and lets the next begin. Nothing happens if it is in none. */
void turn_end(struct turn *turn);

/* Leaves the queue without letting anybody begin, for when the whole queue is taken down. */
void turn_drop(struct turn *turn);

#endif
