/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DIRECTORY_H
#define HSXFS_DIRECTORY_H

#include "filesystem.h"

/*
 * An open directory: its entries as they were when it was opened, so that whoever reads it in
 * pieces sees one state of it.
 */

struct directory_entry {
	const char *name; /* borrowed */
	struct node node; /* a secret's name is held */
};

struct directory {
	struct filesystem *filesystem;
	struct node node;
	size_t count;
	struct directory_entry *entries; /* by name in secrets/, else in the tree's order */
};

/* On success the directory is the callee's, to close with directory_close; else NULL. */
typedef void directory_opened(void *context, const struct outcome *outcome,
			      struct directory *directory);

/* Opens a directory; for secrets/ this waits for a listing if there is no fresh one. */
void directory_open(struct filesystem *filesystem, const struct node *node,
		    directory_opened *opened, void *context);

/* NULL is allowed. */
void directory_close(struct directory *directory);

#endif
