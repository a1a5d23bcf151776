/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SINK_H
#define HSXFS_SINK_H

#include "filesystem.h"

/*
 * Where the bytes go that somebody writes to a file, one sink for each kind that can be written:
 * secrets, flags, and the deploy that is live. Nodes are those of the file, or of the directory it
 * is in: their environment counts.
 */
struct sink {
	/* What can be said against bytes that are not whole yet. */
	struct outcome (*problem_so_far)(const char *bytes, size_t length);

	/* True if they are to be sent at once. */
	bool (*is_whole)(const char *bytes, size_t length);

	/* OUTCOME_OK, and how many of the bytes are sent for that name; or why they are refused. */
	struct outcome (*check)(const struct filesystem *filesystem, const char *name,
				const char *bytes, size_t length, size_t *sent);

	/*
	 * Sends a value, borrowed until done is called: exactly once, perhaps at once. session: of
	 * the process that opened the file.
	 */
	void (*set)(struct filesystem *filesystem, const struct node *node, const char *name,
		    const struct value *value, pid_t session, secrets_done *done, void *context);

	/* Removes the file of that name; NULL: there is no such thing. As set. */
	void (*unset)(struct filesystem *filesystem, const struct node *node, const char *name,
		      pid_t session, secrets_done *done, void *context);

	/* Ends the change of that context without calling back; true if it was on its way. */
	bool (*cancel)(struct filesystem *filesystem, const struct node *node, const void *context);

	/* A change has ended: what is listed follows. */
	void (*ended)(struct filesystem *filesystem, const struct node *node, const char *name,
		      bool removed, const struct outcome *outcome);

	/* Nobody knows whether a change was made: what is listed is not believed any more. */
	void (*doubt)(struct filesystem *filesystem, const struct node *node);
};

/* The sink of a kind of file, or of the files in a kind of directory; NULL: nothing is written. */
const struct sink *sink_of(enum node_kind kind);

#endif
