/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DOTENV_H
#define HSXFS_DOTENV_H

#include "loop.h"
#include "secrets.h"

/*
 * The secrets backend over a .dev.vars file (dotenv_text.h says how it is read and edited).
 *
 * A missing file lists as empty and is made by the first set; its directory must be there. The path
 * may be a symbolic link, also to a file that is not there yet: the file it leads to is replaced
 * and the link stays. Listings call back before they return and take no lock.
 *
 * A change takes an exclusive flock(2) on FILE.lock, an empty file that stays beside the file;
 * writes the whole new text to a temporary file in the same directory, mode 0600 and of the old
 * file's owner, whatever mode the old one had; syncs it and renames it over the old one. If the
 * lock is held, or the file was changed meanwhile by someone who takes no lock, the change is tried
 * again every 20 ms by a timer of the loop, and ends as OUTCOME_CONFLICT after 1 s of trying.
 * Changes are made in the order in which they were asked for. One that needs not wait calls back
 * before it returns.
 *
 * Outcomes beyond dotenv_text.h's: OUTCOME_LOCAL_ERROR with the path and the system's reason for
 * whatever the system refuses, for a file that is not a regular one, has a NUL or is over 1 MiB, or
 * would be; OUTCOME_NO_SPACE; OUTCOME_BAD_VALUE also for a value with `$NAME` or `\$` in a file
 * whose name begins with `.env`, since wrangler expands variables in those (never in a .dev.vars).
 * On failure the old file is as it was and no temporary file is left; only where the last sync of
 * the directory fails the new file is in its place already, and the message says so.
 *
 * Two texts of at most 1 MiB lie in the arena while a change is made, never otherwise.
 *
 * A path that leads into `avoid` (the mount point; NULL: none) is refused without being looked at.
 *
 * Returns NULL where memory is short. The paths are copied; the loop and the arena are borrowed.
 */
checked struct secrets *dotenv_new(struct loop *loop, struct arena *arena, const char *path,
				   const char *avoid);

#endif
