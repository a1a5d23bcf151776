/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_VALUE_FILE_H
#define HSXFS_VALUE_FILE_H

#include "change.h"
#include "filesystem.h"

/*
 * An open file that can be written, a secret, a flag or the live deploy: the bytes written so far,
 * in locked memory, and when they are sent to its sink (design section 3, "Writing: the commit
 * rule"). It knows nothing of FUSE.
 */

struct value_file;

/*
 * Opens a file for a user, which need not exist; the name is held while it is open. `flags` are
 * those of open(2); memory is taken if they want to write. `shown`: what a read gives, `length`
 * bytes, taken over (NULL: the placeholder). `must_write`: whoever closes it without
 * having written is told so (it was opened to create or truncate). NULL where memory is short; the
 * caller closes it with value_file_close.
 */
checked struct value_file *value_file_open(struct filesystem *filesystem, const struct node *node,
					   const struct author *opener, int flags, bool must_write,
					   char *shown, size_t length);

/* Wipes what is left and frees; a commit that runs still ends, but nobody is told. NULL is allowed.
 */
void value_file_close(struct value_file *file);

/* Frees every open file of an environment whose backend is gone. */
void value_file_free_all(struct environment_state *environment);

/* True if any open file is of that kind and name. */
bool value_file_is_open(const struct environment_state *environment, enum node_kind kind,
			const char *name);

/*
 * Whose write it is that comes next: the journal names him. Not whose close: the kernel holds a lock
 * on whoever closes files by execve(2), and to look at his program would wait for that for ever.
 */
void value_file_set_writer(struct value_file *file, pid_t writer);

/*
 * Takes bytes at an offset; sends the value if that makes it whole. done is called exactly once,
 * perhaps at once. After a failure nothing is dirty, and the same bytes may be written again at the
 * same offset if they were all that the value had; anything else gets that failure again.
 */
void value_file_write(struct value_file *file, const char *bytes, size_t length, int64_t offset,
		      secrets_done *done, void *context);

/*
 * A close(2) of one descriptor: sends what is dirty, after a commit that runs. A failure is kept for fsync of the name. Where
 * bytes were dropped whose write had succeeded, it fails, for everybody but the caller who
 * has been told already.
 */
void value_file_flush(struct value_file *file, secrets_done *done, void *context);

/* fsync(2): as flush, and with nothing dirty answers the failure that is kept for the name. */
void value_file_sync(struct value_file *file, secrets_done *done, void *context);

/*
 * The caller of a write or a flush is dying, or has pressed Ctrl-C: whatever was not stored is
 * wiped, the file is dead, and a commit that runs is ended. Its other waiters get
 * OUTCOME_CANCELLED; the one with this context is not called. True if a request was on its way:
 * nobody knows whether it took effect.
 */
bool value_file_cancel(struct value_file *file, pid_t caller, const void *context);

/* Who opened it. */
uid_t value_file_opener(const struct value_file *file);

/* True if a flush would send something. */
bool value_file_is_dirty(const struct value_file *file);

/*
 * ftruncate(2): to 0, what was not sent is wiped; to exactly what was written (rsync --inplace),
 * nothing happens. False for any other length.
 */
checked bool value_file_truncate(struct value_file *file, int64_t length);

/*
 * How long a name that is being created looks: what was written on it so far. O_APPEND makes the
 * kernel write at that length. -1 if no open file of that name can be written.
 */
int64_t value_file_length(const struct environment_state *environment, enum node_kind kind,
			  const char *name);

/* What a read gives: taken over when it was opened, or NULL. Borrowed while it is open. */
const char *value_file_shown(const struct value_file *file, size_t *length);

/* The line that a read of a secret gives, "hsxfs: write-only secret NAME\n"; returns its length. */
size_t value_file_placeholder(const char *name, char line[static 320]);

#endif
