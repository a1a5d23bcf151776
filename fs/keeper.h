/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_KEEPER_H
#define HSXFS_KEEPER_H

#include "config.h"
#include <stdbool.h>

/*
 * The keeper: a small process that outlives the daemon. It has no network and no values; when it is
 * asked to, or when the daemon is gone, even by kill -9, it unmounts. (libfuse's own auto_unmount
 * does not work for ordinary users.)
 */

struct keeper {
	int socket;
	int pid;
};

/*
 * Forks the keeper of a mount point (an absolute path). Call it before any thread exists and before
 * tokens are read: the child forgets the variables of config that hold them. False with errno set.
 */
checked bool keeper_start(struct keeper *keeper, const struct config *config,
			  const char *mountpoint);

/* Tells it that the file system is mounted: from now on it unmounts that one, and no other. False
 * if it is gone. */
checked bool keeper_mounted(struct keeper *keeper);

/*
 * Has it unmount, lazily: who has files open there keeps them. Returns at once; false
 * if it is gone.
 */
checked bool keeper_unmount(struct keeper *keeper);

/* Ends it without unmounting, and waits until it is gone. */
void keeper_stop(struct keeper *keeper);

#endif
