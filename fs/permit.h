/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_PERMIT_H
#define HSXFS_PERMIT_H

#include "filesystem.h"

/*
 * What may be done, decided from memory alone, before anything is asked or sent. Each function
 * returns OUTCOME_OK or the refusal; `flags` are those of open(2).
 */

bool flags_want_read(int flags);
bool flags_want_write(int flags);

/* Opening a secret, a flag or `active` that was looked up. */
struct outcome permit_open(struct filesystem *filesystem, const struct node *node, int flags);

/* Making a file of that name in a directory. */
struct outcome permit_create(struct filesystem *filesystem, const struct node *directory,
			     const char *name, int flags);

/* Removing a name, by a process; counts for the brake. */
struct outcome permit_remove(struct filesystem *filesystem, const struct node *directory,
			     const char *name, pid_t pid);

/* A plain rename. */
struct outcome permit_rename(struct filesystem *filesystem, const struct node *directory,
			     const char *name, const struct node *new_directory,
			     const char *new_name);

/* access(2) with a mask of R_OK, W_OK and X_OK: 0 or an errno. Says nothing of whether it exists.
 */
int permit_access(struct filesystem *filesystem, const struct node *node, int mask);

#endif
