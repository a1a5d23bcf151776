/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_LOOP_H
#define HSXFS_LOOP_H

#include "outcome.h"
#include <stdbool.h>
#include <stdint.h>

/*
 * The one event loop: file descriptors and timers over epoll(7). Single-threaded; every function
 * here is called from the thread that runs it.
 */

struct loop;

/* Called when a watched descriptor has events, a set of EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP. */
typedef void loop_ready(void *context, int fd, uint32_t events);

/* Called when a timer has run out. The timer is stopped before the call and may be set again. */
typedef void loop_expired(void *context);

/* A timer lives in its owner's struct, zeroed at first. Stop it before freeing the owner. */
struct loop_timer {
	struct loop_timer *next;
	int64_t due; /* loop_now() value, milliseconds */
	loop_expired *expired;
	void *context;
	bool running;
};

/*
 * A loop that, after an event, polls for up to spin microseconds before it sleeps (0: never).
 * NULL with errno set where the kernel refuses; the caller frees it with loop_free.
 */
checked struct loop *loop_new(unsigned spin);
void loop_free(struct loop *loop);

/* Watches a descriptor, or changes what is watched of it. False with errno set on failure. */
checked bool loop_watch(struct loop *loop, int fd, uint32_t events, loop_ready *ready,
			void *context);

/* Stops watching. Nothing happens if the descriptor was not watched. Call it before close(2). */
void loop_unwatch(struct loop *loop, int fd);

/* Starts a timer, or starts it anew, to expire so many milliseconds from now. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t milliseconds,
		    loop_expired *expired, void *context);
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t loop_now(void);

/* Runs until loop_stop. False with errno set if epoll_wait fails. */
checked bool loop_run(struct loop *loop);

/* Makes loop_run return after the event being handled. */
void loop_stop(struct loop *loop);

#endif
