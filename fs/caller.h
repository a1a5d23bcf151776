/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CALLER_H
#define HSXFS_CALLER_H

#include <sys/types.h>

/*
 * What /proc says of the process that made a request.
 */

/* The process's session, or 0 where /proc cannot tell (another pid namespace, hidepid). */
pid_t caller_session(pid_t pid);

#endif
