/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_GUESTS_H
#define HSXFS_GUESTS_H

#include "../backends/outcome.h"
#include <stdbool.h>
#include <sys/types.h>

/*
 * What users other than the mount's own hold of it (-o allow_other): each has a share, and so have
 * all of them, so that none takes what the mount's user or somebody else needs.
 */

struct guests;

struct guest_use {
	unsigned handles;     /* open files and directories */
	unsigned writers;     /* of them, open for writing: locked memory */
	unsigned temporaries; /* temporary files */
	size_t bytes;	      /* of text that is kept for reading */
};

/* The share of one user, and of all together. */
#define GUEST_SHARE                                                               \
	{                                                                         \
		.handles = 256, .writers = 16, .temporaries = 8, .bytes = 8 << 20 \
	}
#define GUESTS_SHARE                                                                 \
	{                                                                            \
		.handles = 4096, .writers = 32, .temporaries = 16, .bytes = 32 << 20 \
	}

/* owner: whose the files are, beside whoever runs this. NULL where memory is short. */
checked struct guests *guests_new(uid_t owner);

/* NULL is allowed. */
void guests_free(struct guests *guests);

/* False where that would be more than a user's share, or memory is short; nothing has changed then. */
checked bool guests_enter(struct guests *guests, uid_t user, struct guest_use use);

/* Gives up what was entered. */
void guests_leave(struct guests *guests, uid_t user, struct guest_use use);

#endif
