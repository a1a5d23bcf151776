/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_TRUSTED_PATH_H
#define HSXFS_TRUSTED_PATH_H

#include "value.h"
#include <stdbool.h>

/* Whether others could put something else at a path, now or between a look and the use of it. */

#define TRUSTED_PATH_PROBLEM_SIZE 600

/*
 * Follows a path from the root. True if nobody but the user and root can change what it leads to:
 * every directory belongs to one of them, and others can write to none but a sticky one, in which
 * the next name belongs to one of them, too; so does every symbolic link. A group whose number is
 * the user's own counts as the user. Root may name directories of other users, who are trusted
 * then. The file at the end is looked at in a sticky directory only. What does not exist ends the
 * walk, and is no problem. False with one line, without the path's own name, in problem.
 */
checked bool trusted_path(const char *path, char problem[static TRUSTED_PATH_PROBLEM_SIZE]);

#endif
