/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAGS_READ_H
#define HSXFS_FLAGS_READ_H

#include "flag_text.h"
#include "kv.h"

/* Reading a snapshot of flags from Workers KV: the half of flags.h that asks. */

/* The most keys, and the most bytes of values, of one snapshot. */
#define FLAGS_KEYS_MAX 10000
#define FLAGS_BYTES_MAX ((size_t)32 * 1024 * 1024)

/* Where the flags lay, which says where a new one belongs. */
struct flag_places {
	size_t holders; /* KV keys that hold flags by key or in an array, perhaps none yet */
	size_t singles; /* KV keys that are one flag */
	char *holder;	/* a holder's KV key; NULL: there is none */
};

struct flags_read;

/* The set and places->holder are the callee's on OUTCOME_OK; otherwise they are NULL. */
typedef void flags_were_read(void *context, const struct outcome *outcome, struct flag_set *set,
			     struct flag_places places);

/*
 * Reads one KV key, or every key of the namespace where snapshot_key is NULL. All strings are
 * copied. Calls back once, never before it has returned; NULL where memory is short.
 */
checked struct flags_read *flags_read(struct kv *kv, const char *namespace_id,
				      const char *snapshot_key, flags_were_read *were_read,
				      void *context);

/* Ends it without calling back. */
void flags_read_cancel(struct flags_read *read);

/* True for "no such key", which is not "no such namespace". */
bool flags_key_is_absent(const struct outcome *outcome);

#endif
