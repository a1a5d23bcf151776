/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DOTENV_H
#define HSXFS_DOTENV_H

#include "secrets.h"

/*
 * The secrets backend over a .dev.vars file. A change takes an exclusive flock on FILE.lock beside
 * the file (OUTCOME_CONFLICT after 1 s of trying), writes a new file (0600) in the same directory,
 * syncs it and renames it over the old one. A missing file lists as empty and is made by the first
 * set. Symbolic links at the last component are followed once, to the file they name, so that the
 * link stays. A file over 1 MiB is OUTCOME_LOCAL_ERROR. Calls back before it returns.
 *
 * Returns NULL where memory is short. The path is copied; the arena is borrowed.
 */
checked struct secrets *dotenv_new(struct arena *arena, const char *path);

#endif
