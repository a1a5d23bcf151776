/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_LOCKED_H
#define HSXFS_LOCKED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Allocation functions for libcurl, which keeps copies of requests while they are on their way:
 * they take memory from a region that is never swapped, and wipe what goes back. Where it is full,
 * or was not made, memory comes from wipe_malloc(). They may be called from any thread.
 */

/*
 * Makes the region, once: later calls change nothing. Call it after the last fork(2), since locks
 * are not inherited. False if it could not be locked.
 */
bool locked_begin(size_t bytes);

/* How many blocks have had to come from elsewhere, since the region was full. */
size_t locked_overflows(void);

void *locked_malloc(size_t size);
void *locked_calloc(size_t count, size_t size);
void *locked_realloc(void *memory, size_t size);
char *locked_strdup(const char *text);
void locked_free(void *memory);

#endif
