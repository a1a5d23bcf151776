/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DIRECTORY_H
#define HSXFS_DIRECTORY_H

#include "edition.h"
#include "filesystem.h"

/*
 * An open directory: its entries as they were when it was opened, so that whoever reads it in
 * pieces sees one state of it. Installs come in pages: those are read as they come.
 */

struct directory_entry {
	const char *name; /* borrowed */
	struct node node; /* its name is held */
};

struct directory {
	struct directory *next, **previous;
	struct filesystem *filesystem;
	struct node node;
	uid_t user; /* whose share it counts in, if `entered` */
	bool entered;
	size_t count;
	struct directory_entry *entries; /* by name in secrets/, else in the tree's order */
	struct edition *edition;	 /* of installs, instead */
	struct outcome failure;		 /* why there may be more than these; see directory_at */
};

enum directory_step {
	DIRECTORY_ENTRY,
	DIRECTORY_END,
	DIRECTORY_WAIT,	 /* for directory_wait */
	DIRECTORY_FAILED /* no more can be had: directory_failure says why */
};

/* The entry at an index, or the next one after it; *index becomes that one's. */
enum directory_step directory_at(const struct directory *directory, size_t *index,
				 struct directory_entry *entry);

/* Calls ready when directory_at has something else to say than DIRECTORY_WAIT. */
void directory_wait(struct directory *directory, size_t index, refresh_ready *ready, void *context);

const struct outcome *directory_failure(const struct directory *directory);

/* On success the directory is the callee's, to close with directory_close; else NULL. */
typedef void directory_opened(void *context, const struct outcome *outcome,
			      struct directory *directory);

/* Opens a directory; this waits for what is in it where nothing fresh is known. */
void directory_open(struct filesystem *filesystem, const struct node *node,
		    directory_opened *opened, void *context);

/* Counts it in a user's share; false where that is used up. */
checked bool directory_enter(struct directory *directory, uid_t user);

/* NULL is allowed. */
void directory_close(struct directory *directory);

/*
 * At the end of a mount, which the kernel may leave without having closed what was open: ends who
 * waits for installs, and closes. The installs must be gone, who tells of them must not.
 */
void directories_free(struct filesystem *filesystem);

#endif
