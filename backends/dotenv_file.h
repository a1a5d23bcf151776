/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DOTENV_FILE_H
#define HSXFS_DOTENV_FILE_H

#include "outcome.h"
#include "value.h"
#include <sys/stat.h>

/*
 * A small text file that holds values: finding, locking, reading and replacing it. Failures are
 * OUTCOME_LOCAL_ERROR, OUTCOME_NO_SPACE, OUTCOME_NO_MEMORY or, where the directory is missing,
 * OUTCOME_NOT_FOUND, with the path in the message.
 */

#define DOTENV_FILE_CEILING ((size_t)1024 * 1024)

/* The file as it was read. */
struct dotenv_state {
	bool exists;
	struct stat status; /* if it exists */
};

/*
 * The file that the path leads to over symbolic links, which need not exist. A last link of another
 * user than the caller or root is not followed, and nothing at or below `avoid`, an absolute path
 * without links, is looked at (NULL: there is no such place). *file is the caller's to free, NULL
 * on failure.
 */
struct outcome dotenv_file_find(const char *path, const char *avoid, char **file);

/* OUTCOME_NOT_FOUND if the directory that holds the file is missing, OUTCOME_LOCAL_ERROR if it is
 * out of reach. */
struct outcome dotenv_file_directory(const char *file);

/*
 * Tries to take the lock; *lock is a descriptor to be closed, which lets the lock go, or -1.
 * OUTCOME_CONFLICT if somebody else holds it: nothing blocks.
 */
struct outcome dotenv_file_lock(const char *file, int *lock);

/* Appends the file's text, none if it is missing, to text. */
struct outcome dotenv_file_read(const char *file, struct value *text, struct dotenv_state *state);

/* The end of the name of the new file, until it takes the place of the old one. */
#define DOTENV_FILE_TEMPORARY ".hsxfs-new"

/* Removes what a write that was killed left beside the file, unless somebody holds the lock. */
void dotenv_file_clear(const char *file);

/*
 * Replaces the file, for a caller who holds the lock. OUTCOME_CONFLICT, with nothing changed, if it
 * is no longer what it was when the state was read.
 */
struct outcome dotenv_file_write(const char *file, const struct value *text,
				 const struct dotenv_state *state);

#endif
