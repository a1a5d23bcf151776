/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SET_TIMES_H
#define HSXFS_SET_TIMES_H

#include "../backends/outcome.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/*
 * When each secret was set last, as far as it is known: by Cloudflare account, script and name. A
 * time that is noted is that of a value which the script has, or had before a newer one. So the
 * truth is that time or a later one, but where somebody puts back an older value elsewhere.
 */

struct set_times;

/* The most of which it is known, in some 10 MiB; others stay unknown. */
#define SET_TIMES_MAX 131072

struct set_time {
	struct timespec when;
	uid_t user;
};

/* Where a secret is: in a script, or in a dotenv file, whose account is "". */
struct set_place {
	const char *account, *script;
	const char *name; /* "" stands for all of them: the time of the last change there */
};

/* NULL where memory is short. */
checked struct set_times *set_times_new(void);
void set_times_free(struct set_times *times);

/* It was set. An older time than the one that is known changes nothing, nor does want of memory. */
void set_times_set(struct set_times *times, const struct set_place *place,
		   const struct set_time *set);

/* It was removed: nothing is known of it any more. */
void set_times_unset(struct set_times *times, const struct set_place *place,
		     const struct set_time *unset);

/* False: it is not known. */
bool set_times_find(const struct set_times *times, const struct set_place *place,
		    struct set_time *found);

/* True if a is before b. */
bool set_time_before(const struct set_time *a, const struct set_time *b);

#endif
