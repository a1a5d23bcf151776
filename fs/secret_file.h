/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SECRET_FILE_H
#define HSXFS_SECRET_FILE_H

#include "filesystem.h"

/*
 * An open secret: the bytes written so far, in locked memory, and when they are sent (design
 * section 3, "Writing: the commit rule"). It knows nothing of FUSE.
 */

struct secret_file;

/*
 * Opens a secret for a user, which need not exist; the name is held while it is open. `flags` are
 * those of open(2); memory is taken if they want to write. `must_write`: whoever closes it without
 * having written is told so (it was opened to create or truncate). NULL where memory is short; the
 * caller closes it with secret_file_close.
 */
checked struct secret_file *secret_file_open(struct filesystem *filesystem, const struct node *node,
					     uid_t opener, int flags, bool must_write);

/* Wipes what is left and frees; a commit that runs still ends, but nobody is told. NULL is allowed.
 */
void secret_file_close(struct secret_file *file);

/* Frees every open file of an environment whose backend is gone. */
void secret_file_free_all(struct environment_state *environment);

/* True if any open file is of that name. */
bool secret_file_is_open(const struct environment_state *environment, const char *name);

/*
 * Takes bytes at an offset; sends the value if that makes it whole. done is called exactly once,
 * perhaps at once. After a failure nothing is dirty, and the same bytes may be written again at the
 * same offset if they were all that the value had; anything else gets that failure again.
 */
void secret_file_write(struct secret_file *file, const char *bytes, size_t length, int64_t offset,
		       secrets_done *done, void *context);

/* A close(2) of one descriptor: sends what is dirty. A failure is kept for fsync of the name. */
void secret_file_flush(struct secret_file *file, secrets_done *done, void *context);

/* fsync(2): as flush, and with nothing dirty answers the failure that is kept for the name. */
void secret_file_sync(struct secret_file *file, secrets_done *done, void *context);

/*
 * The caller of a write or a flush is dying, or has pressed Ctrl-C: whatever was not stored is
 * wiped, the file is dead, and a commit that runs is ended. Its other waiters get
 * OUTCOME_CANCELLED; the one with this context is not called. True if a request was on its way:
 * nobody knows whether it took effect.
 */
bool secret_file_cancel(struct secret_file *file, const void *context);

/* Who opened it. */
uid_t secret_file_opener(const struct secret_file *file);

/* True if a flush would send something. */
bool secret_file_is_dirty(const struct secret_file *file);

/*
 * ftruncate(2): to 0, what was not sent is wiped; to exactly what was written (rsync --inplace),
 * nothing happens. False for any other length.
 */
checked bool secret_file_truncate(struct secret_file *file, int64_t length);

/*
 * How long a name that is being created looks: what was written on it so far. O_APPEND makes the
 * kernel write at that length. -1 if no open file of that name can be written.
 */
int64_t secret_file_length(const struct environment_state *environment, const char *name);

/* The line that a read gives, "hsxfs: write-only secret NAME\n"; returns its length. */
size_t secret_file_placeholder(const char *name, char line[static 320]);

#endif
