/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_BRAKE_H
#define HSXFS_BRAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The brake on removal: nobody can restore a secret, so `rm -rf mnt` must not remove them all. The
 * fourth removal within 10 s by one session, wherever in the mount, is refused, and so is every
 * further one until none was tried for 10 s. Not so many a directory: a Worker has few secrets, and
 * each of them would be gone.
 */

#define BRAKE_FREE 3	   /* removals let through */
#define BRAKE_WINDOW 10000 /* milliseconds */
#define BRAKE_RECORDS 256

struct brake_record {
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
 * Says whether a removal may go ahead, and counts it. `now` is in milliseconds. The longest unused record makes room for a new one.
 */
bool brake_allows(struct brake *brake, pid_t session, int64_t now);

#endif
