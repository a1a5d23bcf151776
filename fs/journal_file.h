/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JOURNAL_FILE_H
#define HSXFS_JOURNAL_FILE_H

#include "journal.h"
#include <jansson.h>

/* The journal as a file whose lines are chained: for the parts of the journal alone. */

#define JOURNAL_HASH_SIZE 65 /* of a line, in hexadecimal digits, with its NUL */

#define JOURNAL_NAME "audit.jsonl" /* in its directory */

/* No line is longer, with its newline. */
#define JOURNAL_LINE_MAX ((size_t)32 * 1024)

/* What the first line of all has for the hash of the line before it. */
#define JOURNAL_NO_HASH "0000000000000000000000000000000000000000000000000000000000000000"

/* The hash of a line, without its newline. */
void journal_hash(const char *line, size_t length, char hash[static JOURNAL_HASH_SIZE]);

struct journal_file {
	int directory, file, lock;
	off_t size;		      /* as far as last is of it */
	char last[JOURNAL_HASH_SIZE]; /* the hash of the last line */
	bool was_held;		      /* by somebody who did not give it back in time */
};

/* Opens or makes the files in a directory (a descriptor, which is taken). False with errno set. */
checked bool journal_file_open(struct journal_file *file, int directory);
void journal_file_close(struct journal_file *file);

/*
 * Takes the lock that other mounts of the directory take too, and gives it back. False with errno
 * EWOULDBLOCK where somebody has held it for a second (and is not waited for again until it was
 * free), or as flock(2).
 */
checked bool journal_file_lock(struct journal_file *file);
void journal_file_unlock(struct journal_file *file);

/* The text of a time, as lines have it; NULL where memory is short. */
checked json_t *journal_time(time_t time);

/*
 * Appends a line made of the members of an object (taken), with `previous`; with wait, when it
 * returns the disk has it, and there is room for one line more. False with errno set: nothing was
 * appended.
 */
checked bool journal_file_append(struct journal_file *file, json_t *members, bool wait);

#endif
