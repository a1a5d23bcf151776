/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_ERRNO_TABLE_H
#define HSXFS_ERRNO_TABLE_H

#include "../backends/outcome.h"

/* The one place where an outcome becomes an errno. 0 for OUTCOME_OK. Never EAGAIN, never EINTR:
 * programs repeat those for ever. (Only a caller that is dying gets EINTR, from face.c.)
 */
int errno_of(enum outcome_kind kind);

/* "EPERM" and the like, for logs; "E?" for a number that errno_of never gives. */
const char *errno_name(int number);

#endif
