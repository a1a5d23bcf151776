/* SPDX-License-Identifier: MIT */
#include "turns.h"
#include <stddef.h>

static void leave(struct turn *turn)
{
	struct turn **place = &turn->queue->first;

	while (*place != turn)
		place = &(*place)->next;
	*place = turn->next;
	loop_timer_stop(turn->queue->loop, &turn->timer);
	turn->queue = NULL;
	turn->next = NULL;
}

static void give_up(void *context)
{
	struct turn *turn = context;

	leave(turn);
	turn->expired(turn->context);
}

static void begin(struct turn *turn)
{
	loop_timer_stop(turn->queue->loop, &turn->timer);
	turn->begin(turn->context);
}

void turn_wait(struct turns *queue, struct turn *turn, int64_t limit, turn_event *begun,
	       turn_event *expired, void *context)
{
	struct turn **place = &queue->first;

	while (*place)
		place = &(*place)->next;
	*turn =
	    (struct turn){.queue = queue, .begin = begun, .expired = expired, .context = context};
	*place = turn;
	if (queue->first == turn)
		begin(turn);
	else
		loop_timer_set(queue->loop, &turn->timer, limit, give_up, turn);
}

void turn_drop(struct turn *turn)
{
	if (turn->queue)
		leave(turn);
}

void turn_end(struct turn *turn)
{
	struct turns *queue = turn->queue;
	bool had_turn;

	if (!queue)
		return;
	had_turn = queue->first == turn;
	leave(turn);
	if (had_turn && queue->first)
		begin(queue->first);
}
