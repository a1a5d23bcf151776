/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SCRIPT_QUEUE_H
#define HSXFS_SCRIPT_QUEUE_H

#include "http.h"

/*
 * The changes of one Worker script's secrets, one request at a time: Cloudflare refuses changes of
 * a Worker that run at once (429 and 409/10035), and each request makes a version of it.
 *
 * What waits while a request runs is sent together: up to 100 sets of different names go as one
 * PATCH secrets-bulk, which makes one version. If the server refuses that, they go singly, so that
 * each gets a verdict of its own. Removals always go singly, since only then is an unknown name
 * told.
 */

struct script_queue;
struct script_batch;

/* How one change ended. The outcome is borrowed for the call; its message names the script. */
typedef void script_changed(void *context, const struct outcome *outcome);

/* A change; it lives in its owner's struct, zeroed at first, until script_changed is called. */
struct script_change {
	struct script_change *next;
	struct script_queue *queue;
	struct script_batch *batch; /* NULL: it waits */
	struct loop_timer timer;
	int64_t give_up_at; /* loop_now() */
	const char *name;
	const struct value *value; /* NULL: a removal */
	bool singly;		   /* a batch with it was refused */
	script_changed *changed;
	void *context;
};

/*
 * The queue of a script. limit: milliseconds that a change may wait for its turn. Strings are
 * copied, the others borrowed. NULL where memory is short.
 */
checked struct script_queue *script_queue_new(struct http_api *api, struct loop *loop,
					      struct arena *arena, const char *account_id,
					      const char *script, int64_t limit);

/* Ends the request that runs. Every change must have ended or been cancelled. NULL is allowed. */
void script_queue_free(struct script_queue *queue);

const char *script_queue_name(const struct script_queue *queue);

/*
 * Queues a change of a secret; name and value are borrowed until it has ended. changed is called
 * exactly once, perhaps at once, unless the change is cancelled.
 */
void script_queue_add(struct script_queue *queue, struct script_change *change, const char *name,
		      const struct value *value, script_changed *changed, void *context);

/*
 * Takes a change out without calling back; others that share its request are not touched. True if a
 * request with it was on its way. Nothing happens if it has ended.
 */
bool script_queue_cancel(struct script_change *change);

/* As script_queue_cancel, but nothing that waits is begun: for taking everything down. */
void script_queue_drop(struct script_change *change);

/* Writes "/accounts/ID/workers/scripts/NAME" and `after` into path; false if it does not fit. */
checked bool script_queue_path(const struct script_queue *queue, const char *after, char *path,
			       size_t size);

/*
 * Puts the script's name before the message of an outcome that is the server's, and keeps the token
 * out of it.
 */
void script_queue_name_outcome(const struct script_queue *queue, struct outcome *outcome);

#endif
