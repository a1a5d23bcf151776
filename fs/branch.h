/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_BRANCH_H
#define HSXFS_BRANCH_H

#include "filesystem.h"
#include "refresh.h"

/*
 * The directories of the tree by name and by number, but for secrets/ (lookup.h and directory.h know
 * that one): those that the configuration fills, and those that a backend does.
 */

/* True if what is in the directory, of that name (NULL: all), may have to be asked for. */
bool branch_asks(const struct filesystem *filesystem, const struct node *directory,
		 const char *name);

/*
 * Calls ready when it is known whether there is a child of that name; with NULL, when the first
 * children are known. OUTCOME_OK, or why nobody could tell.
 */
void branch_wait(struct filesystem *filesystem, const struct node *directory, const char *name,
		 refresh_ready *ready, void *context);

/*
 * The child of that name, from what is known; NODE_NONE: there is none. A child that node_is_named
 * is held once for the caller. False where memory is short.
 */
checked bool branch_find(struct filesystem *filesystem, const struct node *directory,
			 const char *name, struct node *child);

/* True if a node that was found once is still there, from what is known. */
bool branch_has(struct filesystem *filesystem, const struct node *node);

/* Milliseconds for which a directory's children may be believed, -1: for the mount's life. */
int64_t branch_fresh_for(struct filesystem *filesystem, const struct node *directory,
			 const struct node *child);

/*
 * How many children may be there, and the one at an index, as branch_find has it: NODE_NONE: that one
 * is not there; false where memory is short. Not of installs, which are read in order (installs.h).
 */
unsigned branch_count(const struct filesystem *filesystem, const struct node *directory);
checked bool branch_at(struct filesystem *filesystem, const struct node *directory, unsigned index,
		       struct node *child);

/* True for the directories whose entries come in pages: installs by portal. */
bool branch_is_paged(const struct filesystem *filesystem, const struct node *directory);

/* Why a directory is empty, "" if it is not known or it is not empty. Borrowed. */
const char *branch_reason(struct filesystem *filesystem, const struct node *directory);

/* Since when what a directory shows is old, in seconds of the epoch; 0: it is not. */
time_t branch_stale_since(struct filesystem *filesystem, const struct node *directory);

/*
 * What a file that node_is_shown holds, as it is known now; the caller frees it. NULL where memory
 * is short or it is not there any more.
 */
checked char *branch_text(struct filesystem *filesystem, const struct node *node, size_t *length);

/*
 * When a node was changed; TREE_UNKNOWN_TIME: not known. The nanoseconds are a flag's version, and 0
 * of all else.
 */
struct timespec branch_time(struct filesystem *filesystem, const struct node *node);

#endif
