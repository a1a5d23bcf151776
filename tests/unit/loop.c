/* SPDX-License-Identifier: MIT */
#include "../../backends/loop.h"
#include "unit.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Whose an event is, and what an iteration of the loop leaves on the stack. */

/* ---- a descriptor that is closed and opened again between two events of one look ---- */

struct pair {
	struct loop *loop;
	int reading[2], writing[2];
	int own, again; /* the new pipe that has the number of one that was closed */
	unsigned old_calls, new_calls;
	struct loop_timer timer;
};

static void stop(void *context)
{
	loop_stop(((struct pair *)context)->loop);
}

static void new_ready(void *context, int fd, uint32_t events)
{
	struct pair *pair = context;
	char byte;

	CHECK(events == EPOLLIN && read(fd, &byte, 1) == 1);
	pair->new_calls++;
	loop_stop(pair->loop);
}

/* Both pipes are full; whichever is first closes the other, whose number a new, empty one gets. */
static void old_ready(void *context, int fd, uint32_t events)
{
	struct pair *pair = context;
	int other = pair->reading[fd == pair->reading[0]], ends[2];

	(void)events;
	pair->old_calls++;
	loop_unwatch(pair->loop, fd);
	loop_unwatch(pair->loop, other);
	close(other);
	CHECK(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
	CHECK(ends[0] == other);
	pair->own = ends[0];
	pair->again = ends[1];
	CHECK(loop_watch(pair->loop, other, EPOLLIN, new_ready, pair));
}

static void test_reopened(void)
{
	struct pair pair = {.loop = loop_new(0)};

	for (int i = 0; i < 2; i++) {
		int ends[2];

		CHECK(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0 && write(ends[1], "x", 1) == 1);
		pair.reading[i] = ends[0];
		pair.writing[i] = ends[1];
		CHECK(loop_watch(pair.loop, ends[0], EPOLLIN, old_ready, &pair));
	}
	loop_timer_set(pair.loop, &pair.timer, 50, stop, &pair);
	CHECK(loop_run(pair.loop));
	CHECK(pair.old_calls == 1 && pair.new_calls == 0);
	/* What comes through the new one is told. */
	CHECK(write(pair.again, "y", 1) == 1);
	CHECK(loop_run(pair.loop));
	CHECK(pair.new_calls == 1);
	loop_free(pair.loop);
	close(pair.again);
	for (int i = 0; i < 2; i++) {
		close(pair.reading[i]);
		close(pair.writing[i]);
	}
}

/* ---- the stack ---- */

#define DEEP 20000
#define MARK 0x5a

struct stack {
	struct loop *loop;
	struct loop_timer timer;
	size_t left; /* bytes of the mark that were found */
};

/* What the compiler must take for used, and for written. */
static void hide(void *memory)
{
	__asm__ volatile("" : : "r"(memory) : "memory");
}

static void look(void *context)
{
	struct stack *stack = context;
	unsigned char bytes[DEEP];

	hide(bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		stack->left += bytes[i] == MARK;
	loop_stop(stack->loop);
}

static void dirty(void *context)
{
	struct stack *stack = context;
	unsigned char bytes[DEEP];

	memset(bytes, MARK, sizeof(bytes));
	hide(bytes);
	loop_timer_set(stack->loop, &stack->timer, 20, look, stack);
}

/* No descriptor has an event meanwhile. */
static void test_stack(void)
{
	struct stack stack = {.loop = loop_new(0)};

	loop_timer_set(stack.loop, &stack.timer, 20, dirty, &stack);
	CHECK(loop_run(stack.loop));
	CHECK(stack.left < DEEP / 10);
	loop_free(stack.loop);
}

int main(void)
{
	test_reopened();
	test_stack();
	return unit_result();
}
