/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_STALE_H
#define HSXFS_STALE_H

#include "filesystem.h"
#include <time.h>

/* Directories whose names are of an earlier time, because their server cannot be asked. */

/* When what a directory shows was told, in seconds of the epoch, if it is stale; else 0. */
time_t stale_since(struct filesystem *filesystem, const struct node *directory);

/* That time as users read it (RFC 3339, UTC); returns its length. */
#define STALE_TIME_SIZE 40
int stale_time(time_t since, char text[static STALE_TIME_SIZE]);

/* Whenever a directory was asked for: says in .errors, once an outage, that what it shows is old. */
void stale_tell(struct filesystem *filesystem, const struct node *directory);

#endif
