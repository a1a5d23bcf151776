/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_BRAKE_H
#define HSXFS_BRAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The brake on removal: nobody can restore a secret, so `rm -rf mnt` must not remove them all. The
 * fourth removal in one directory within 10 s by one session is refused, and so is every further
 * one until none was tried for 10 s.
 */

#define BRAKE_FREE 3	   /* removals let through */
#define BRAKE_WINDOW 10000 /* milliseconds */
#define BRAKE_RECORDS 256

struct brake_record {
	uint64_t directory;
	pid_t session;
	int64_t times[BRAKE_FREE]; /* of the latest removals let through, oldest first */
	int64_t last_tried;
	unsigned count;
	bool on;
};

struct brake {
	struct brake_record records[BRAKE_RECORDS];
};

/*
 * Says whether a removal may go ahead, and counts it. `directory` is an inode number, `now` in
 * milliseconds. The longest unused record makes room for a new one.
 */
bool brake_allows(struct brake *brake, uint64_t directory, pid_t session, int64_t now);

#endif
