/* SPDX-License-Identifier: MIT */
#include "parked.h"
#include "caller.h"
#include "change.h"
#include "sink.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parking {
	struct filesystem *filesystem;
	parking_reply *reply;
	struct parked *first;
	struct loop_timer timer;
	unsigned round; /* of looking at those who were interrupted */
};

/* Milliseconds: how often an interrupted caller is looked at. */
#define LOOK_AGAIN 50

struct parking *parking_new(struct filesystem *filesystem, parking_reply *reply)
{
	struct parking *parking = calloc(1, sizeof(*parking));

	if (!parking)
		return NULL;
	parking->filesystem = filesystem;
	parking->reply = reply;
	return parking;
}

void parking_free(struct parking *parking)
{
	struct parked *next;

	if (!parking)
		return;
	for (struct parked *parked = parking->first; parked; parked = next) {
		next = parked->next;
		if (parked->request)
			parking->reply(parked->request, EINTR);
		parking_remove(parked);
	}
	free(parking);
}

struct parked *parking_add(struct parking *parking, struct fuse_req *request, pid_t caller,
			   uid_t user, const struct node *node, const char *name)
{
	struct parked *parked = calloc(1, sizeof(*parked));

	if (parked && name)
		parked->name = strdup(name);
	if (!parked || (name && !parked->name)) {
		free(parked);
		return NULL;
	}
	parked->parking = parking;
	parked->filesystem = parking->filesystem;
	parked->request = request;
	parked->caller = caller;
	parked->user = user;
	parked->node = *node;
	parked->previous = &parking->first;
	parked->next = parking->first;
	if (parked->next)
		parked->next->previous = &parked->next;
	parking->first = parked;
	return parked;
}

void parking_remove(struct parked *parked)
{
	*parked->previous = parked->next;
	if (parked->next)
		parked->next->previous = parked->previous;
	free(parked->name);
	free(parked->open_file);
	free(parked);
}

static void log_interrupted(struct parked *parked, const char *operation, bool on_its_way)
{
	struct outcome outcome =
	    on_its_way ? outcome_advise(outcome_make(OUTCOME_CANCELLED,
						     "interrupted while the request was on its "
						     "way: outcome unknown"),
					"write or remove again to be sure")
		       : outcome_make(OUTCOME_CANCELLED, "interrupted before anything was sent");

	filesystem_refuse(parked->filesystem, operation, &parked->node, parked->name, &outcome);
}

static void doubt(const struct parked *parked)
{
	sink_of(parked->node.kind)->doubt(parked->filesystem, &parked->node);
}

/* A change that may have reached the server leaves the listing in doubt. */
static void end_removal(struct parked *parked)
{
	bool on_its_way = change_cancel(parked->filesystem, &parked->node, parked);

	log_interrupted(parked, "unlink", on_its_way);
	doubt(parked);
}

static void end_commit(struct parked *parked)
{
	bool on_its_way = value_file_cancel(parked->file, parked->caller, parked);

	log_interrupted(parked, "write", on_its_way);
	if (on_its_way)
		doubt(parked);
}

static void end_rename(struct parked *parked)
{
	bool on_its_way = scratch_cancel(parked->scratch);

	log_interrupted(parked, "rename", on_its_way);
	if (on_its_way)
		doubt(parked);
}

static void stop(struct parked *parked, int error)
{
	struct fuse_req *request = parked->request;

	parked->request = NULL;
	if (parked->waits_for == PARKED_FOR_REMOVAL)
		end_removal(parked);
	else if (parked->waits_for == PARKED_FOR_COMMIT)
		end_commit(parked);
	else if (parked->waits_for == PARKED_FOR_RENAME)
		end_rename(parked);
	parked->parking->reply(request, error);
	if (parked->waits_for != PARKED_FOR_ANSWER)
		parking_remove(parked);
}

/* True if it was stopped. */
static bool look(struct parked *parked)
{
	switch (caller_fate(parked->caller)) {
	case CALLER_DIES:
		stop(parked, EINTR);
		return true;
	case CALLER_CANCELS:
		stop(parked, ECANCELED);
		return true;
	case CALLER_LIVES:
	case CALLER_UNKNOWN:
		break;
	}
	return false;
}

static bool is_to_be_looked_at(struct parked *parked)
{
	bool yes =
	    parked->request && parked->interrupted && parked->looked_at != parked->parking->round;

	parked->looked_at = parked->parking->round;
	return yes;
}

/*
 * One at a time, from the start again: ending a commit answers others who wait for it. Each is
 * looked at once a round, since that reads a file of /proc.
 */
static bool look_at_one(struct parking *parking)
{
	for (struct parked *parked = parking->first; parked; parked = parked->next)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what was freed is off the list */
		if (is_to_be_looked_at(parked) && look(parked))
			return true;
	return false;
}

static bool any_interrupted(const struct parking *parking)
{
	for (const struct parked *parked = parking->first; parked; parked = parked->next)
		if (parked->request && parked->interrupted)
			return true;
	return false;
}

static void look_again(void *context)
{
	struct parking *parking = context;

	parking->round++;
	while (look_at_one(parking))
		;
	if (any_interrupted(parking))
		loop_timer_set(parking->filesystem->loop, &parking->timer, LOOK_AGAIN, look_again,
			       parking);
}

void parking_interrupt(struct parked *parked)
{
	struct parking *parking = parked->parking;

	parked->interrupted = true;
	/* From the loop, since the kernel's word may come while the request is being handled. */
	loop_timer_set(parking->filesystem->loop, &parking->timer, 0, look_again, parking);
}
