/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SCRATCH_H
#define HSXFS_SCRATCH_H

#include "change.h"
#include "filesystem.h"

/*
 * Temporary files in secrets/ and flags/: what sed -i, perl -i, rsync, vim and Python's tempfile write before
 * they rename it onto the name they mean. They live in locked memory, are in no listing and are
 * never sent under their own names. A rename onto the name of a secret, or flag, sets that.
 *
 * After its last close a scratch file is kept for 10 s, since rsync and sed close before they
 * rename; then it is wiped and .errors has a line.
 */

#define SCRATCH_MAX 64
#define SCRATCH_PATIENCE 10000 /* milliseconds */

struct scratch_table;
struct scratch;

checked struct scratch_table *scratch_table_new(struct filesystem *filesystem);

/* Wipes them all. NULL is allowed. */
void scratch_table_free(struct scratch_table *table);

/* True for a file that is created like this: its name begins with a dot, or O_RDWR|O_EXCL
 * (mkstemp(3)). */
bool scratch_is_wanted(const char *name, int flags);

/*
 * Makes one in a directory for a user, opened once. NULL where all SCRATCH_MAX are in use, his share
 * is (guests.h), or the arena is full.
 */
checked struct scratch *scratch_create(struct scratch_table *table, const struct node *directory,
				       const char *name, uid_t user);

/* The one of that name in a directory; of a node (of kind NODE_SCRATCH). NULL if there is none (any
 * more). */
struct scratch *scratch_find(struct scratch_table *table, const struct node *directory,
			     const char *name);
struct scratch *scratch_of_node(struct scratch_table *table, const struct node *node);

struct node scratch_node(const struct scratch *scratch);
const char *scratch_name(const struct scratch *scratch);

/* The kind of its directory, NODE_SECRETS or NODE_FLAGS. */
enum node_kind scratch_directory(const struct scratch *scratch);

/* One more open of it, and one fewer. */
void scratch_open(struct scratch *scratch);
void scratch_close(struct scratch *scratch);

/* Its content. False where the length would pass VALUE_CEILING or the arena is full; nothing has
 * changed then. */
const struct value *scratch_value(const struct scratch *scratch);
checked bool scratch_write(struct scratch *scratch, size_t offset, const char *bytes,
			   size_t length);
checked bool scratch_resize(struct scratch *scratch, size_t length);

/* Wipes it at once; who has it open finds it empty. */
void scratch_remove(struct scratch *scratch);

/*
 * Sets what has that name in the scratch file's directory to its content. done is called
 * exactly once, perhaps at once; on OUTCOME_OK the scratch file is gone. One at a time for each
 * scratch file.
 */
void scratch_commit(struct scratch *scratch, const char *name, const struct author *author,
		    secrets_done *done, void *context);

/* Ends the commit without calling back. True if a request was on its way. */
bool scratch_cancel(struct scratch *scratch);

#endif
