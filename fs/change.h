/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CHANGE_H
#define HSXFS_CHANGE_H

#include "sink.h"

/*
 * A change on its way to its sink: noted in the journal before it is sent, and noted with its
 * outcome before its caller hears of it. One whose intent cannot be noted is not sent.
 */

struct change;

/* Who makes a change. */
struct author {
	uid_t user;
	pid_t pid; /* of the thread that writes, renames or removes */
	pid_t session;
	const char *program; /* "": not known; NULL: it is looked up, while the thread waits */
};

/*
 * As the sink's set and unset: done is called exactly once, perhaps at once. `written`: the size of
 * what was written, before the newline rule. All but name (copied) and author are borrowed until
 * then.
 */
void change_set(struct filesystem *filesystem, const struct node *node, const char *name,
		const struct value *value, size_t written, const struct author *author,
		secrets_done *done, void *context);
void change_unset(struct filesystem *filesystem, const struct node *node, const char *name,
		  const struct author *author, secrets_done *done, void *context);

/* Ends the change of that context without calling back; true if its request was on its way. */
bool change_cancel(struct filesystem *filesystem, const struct node *node, const void *context);

/* Frees what is left when the backends are gone; the journal has an intent without an outcome. */
void changes_free(struct filesystem *filesystem);

#endif
