/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_PATH_WALK_H
#define HSXFS_PATH_WALK_H

#include "outcome.h"
#include <limits.h>
#include <stdbool.h>

/* Going along a path place by place, as the kernel does, with somebody who looks at each. */

/* What is to be done with a place. */
enum path_step {
	PATH_ENTER,  /* it is part of the way */
	PATH_FOLLOW, /* it is a symbolic link: the way goes on where that leads */
	PATH_END,    /* it is part of the way, and nothing behind it is looked at */
	PATH_REFUSE  /* the way ends before it */
};

/*
 * Called for each place on the way, from below the root on, before anything is looked at there.
 * place is absolute, and without links, `.` and `..` before its last component; last: nothing
 * comes after it.
 */
typedef enum path_step path_visit(void *context, const char *place, bool last);

/*
 * Goes along a path. True at its end: place is the path, "" for the root. False with errno set
 * where it has more than 40 links (ELOOP) or is too long (ENAMETOOLONG), where a link cannot be
 * read, or where the visitor refuses (then errno is his): place is where that was.
 */
checked bool path_walk(const char *path, char place[static PATH_MAX], path_visit *visit,
		       void *context);

#endif
