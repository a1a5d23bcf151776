/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SESSION_H
#define HSXFS_SESSION_H

#include "filesystem.h"
#include "keeper.h"

/*
 * A mounted FUSE session: the mount, and the receive loop over a buffer of ours, which is wiped
 * after every request.
 */

struct session;

/*
 * Mounts. On success the kernel's requests are watched in the filesystem's loop, and so are SIGTERM
 * and SIGINT (unmount lazily and finish; the second one ends at once) and SIGHUP (forget the
 * listings). The keeper is told. NULL with a line printed to stderr where that fails.
 */
checked struct session *session_mount(struct filesystem *filesystem, struct keeper *keeper,
				      const char *mountpoint);

/* Runs the loop until the file system is unmounted. True if that went well. */
checked bool session_run(struct session *session);

/* Unmounts what is still mounted and frees the session and the filesystem. */
void session_free(struct session *session);

#endif
