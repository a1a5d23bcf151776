/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAGS_AUTHOR_KV_H
#define HSXFS_FLAGS_AUTHOR_KV_H

#include "flags.h"

/*
 * Changing flags straight in Workers KV. The edits of one KV key wait for each other: what has
 * gathered is read, changed and written together, once a second at most. KV may go on showing the
 * value from before a write of ours for a minute; building on it would undo that write, so such a
 * value is known again and the one that was written is taken.
 */

struct author_kv;
struct kv_edit;

/* Both are borrowed. NULL where memory is short. */
checked struct author_kv *author_kv_new(struct kv *kv, struct loop *loop);

/* Ends what runs without calling back. NULL is allowed. */
void author_kv_free(struct author_kv *author);

/*
 * Changes a flag in that KV key; own_key: an absent value becomes this one flag, not a holder of
 * flags. The change is borrowed until it has ended, the rest copied. Calls back once, never before
 * it has returned; NULL where memory is short.
 */
checked struct kv_edit *author_kv_change(struct author_kv *author, const char *namespace_id,
					 const char *kv_key, bool own_key,
					 const struct flag_change *change, flags_changed *changed,
					 void *context);

/* Ends an edit without calling back. True if a request of it was on its way. */
bool author_kv_cancel(struct kv_edit *edit);

#endif
