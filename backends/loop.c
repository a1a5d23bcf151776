/* SPDX-License-Identifier: MIT */
#include "loop.h"
#include "wipe.h"
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct watch {
	loop_ready *ready;
	void *context;
	uint32_t generation;
};

struct loop {
	int epoll;
	unsigned spin;
	bool stopped;
	struct watch *watches; /* by descriptor */
	int watches_size;
	uint32_t generation;	   /* of the latest watch */
	struct loop_timer *timers; /* by due time */
};

#define EVENTS_AT_ONCE 64

struct loop *loop_new(unsigned spin)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->spin = spin;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		free(loop);
		return NULL;
	}
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll);
	free(loop->watches);
	free(loop);
}

static bool make_room(struct loop *loop, int fd)
{
	int size = loop->watches_size ? loop->watches_size : 64;
	struct watch *watches;

	if (fd < loop->watches_size)
		return true;
	while (size <= fd)
		size *= 2;
	watches = realloc(loop->watches, (size_t)size * sizeof(*watches));
	if (!watches)
		return false;
	memset(watches + loop->watches_size, 0,
	       (size_t)(size - loop->watches_size) * sizeof(*watches));
	loop->watches = watches;
	loop->watches_size = size;
	return true;
}

bool loop_watch(struct loop *loop, int fd, uint32_t events, loop_ready *ready, void *context)
{
	struct epoll_event event = {.events = events};
	int operation;

	if (fd < 0 || !make_room(loop, fd))
		return false;
	event.data.u64 = (uint64_t)++loop->generation << 32 | (uint32_t)fd;
	operation = loop->watches[fd].ready ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	if (epoll_ctl(loop->epoll, operation, fd, &event) < 0) {
		/* A descriptor that was closed while watched left the epoll set by itself. */
		if (operation != EPOLL_CTL_MOD || errno != ENOENT ||
		    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
			return false;
	}
	loop->watches[fd] =
	    (struct watch){.ready = ready, .context = context, .generation = loop->generation};
	return true;
}

void loop_unwatch(struct loop *loop, int fd)
{
	if (fd < 0 || fd >= loop->watches_size || !loop->watches[fd].ready)
		return;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	loop->watches[fd] = (struct watch){0};
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t milliseconds,
		    loop_expired *expired, void *context)
{
	struct loop_timer **place = &loop->timers;

	loop_timer_stop(loop, timer);
	timer->due = loop_now() + (milliseconds > 0 ? milliseconds : 0);
	timer->expired = expired;
	timer->context = context;
	timer->running = true;
	while (*place && (*place)->due <= timer->due)
		place = &(*place)->next;
	timer->next = *place;
	*place = timer;
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **place = &loop->timers;

	if (!timer->running)
		return;
	while (*place != timer)
		place = &(*place)->next;
	*place = timer->next;
	timer->running = false;
}

static int64_t now_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t loop_now(void)
{
	return now_microseconds() / 1000;
}

/* True if there was one to run. */
static bool run_timers(struct loop *loop)
{
	int64_t now = loop_now();
	bool ran = false;

	while (!loop->stopped && loop->timers && loop->timers->due <= now) {
		struct loop_timer *timer = loop->timers;

		loop_timer_stop(loop, timer);
		timer->expired(timer->context);
		ran = true;
	}
	return ran;
}

/* The milliseconds until the first timer, -1 for ever. */
static int sleep_limit(const struct loop *loop)
{
	int64_t left;

	if (!loop->timers)
		return -1;
	left = loop->timers->due - loop_now();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/*
 * Waking a sleeping process costs more than the work it is woken for, so after an event the loop
 * looks again for a moment before it sleeps.
 */
static int wait_events(struct loop *loop, struct epoll_event *events, bool busy)
{
	int64_t until = now_microseconds() + loop->spin;
	int count = 0;

	while (busy && loop->spin && now_microseconds() < until) {
		count = epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, 0);
		if (count != 0 || sleep_limit(loop) == 0)
			return count;
	}
	return epoll_wait(loop->epoll, events, EVENTS_AT_ONCE, sleep_limit(loop));
}

/* An event of a descriptor that was closed, and opened again, since it came is nobody's. */
static void run_events(struct loop *loop, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count && !loop->stopped; i++) {
		int fd = (int)(events[i].data.u64 & UINT32_MAX);
		struct watch watch = loop->watches[fd];

		if (watch.ready && watch.generation == events[i].data.u64 >> 32)
			watch.ready(watch.context, fd, events[i].events);
	}
}

/*
 * Hashes and copies of a value leave pieces of it in the frames of functions that have returned.
 * Measured: nothing is found in the memory of a daemon that has just stored one.
 */
#define STACK_WIPED ((size_t)64 * 1024)

bool loop_run(struct loop *loop)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	bool busy = false, ran;

	loop->stopped = false;
	while (!loop->stopped) {
		int count = wait_events(loop, events, busy);

		if (count < 0 && errno != EINTR)
			return false;
		busy = count > 0;
		run_events(loop, events, count);
		ran = run_timers(loop);
		if (busy || ran)
			sodium_stackzero(STACK_WIPED);
		wipe_registers();
	}
	return true;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
