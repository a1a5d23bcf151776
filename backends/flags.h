/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAGS_H
#define HSXFS_FLAGS_H

#include "control_plane.h"
#include "flag_text.h"
#include "kv.h"

/*
 * The flags of one environment: read from their snapshot in Workers KV, written through an
 * authoring interface. On the loop's one thread; callbacks come exactly once, perhaps at once,
 * unless what they wait for is cancelled or freed first.
 */

struct flags;

enum flag_authoring {
	FLAG_AUTHORING_NONE,	      /* nothing can be written, `author_reason` says why */
	FLAG_AUTHORING_CONTROL_PLANE, /* the default where there is one */
	FLAG_AUTHORING_KV	      /* straight into the snapshot: only where configured */
};

/* All strings are copied; the others are borrowed. */
struct flags_options {
	struct kv *kv;
	struct loop *loop;
	const char *namespace_id;    /* or NULL: it is found by its title */
	const char *namespace_title; /* or NULL where the id is given */
	const char *snapshot_key;    /* NULL: the snapshot is every key of the namespace */
	enum flag_authoring authoring;
	struct control_plane *plane; /* for FLAG_AUTHORING_CONTROL_PLANE */
	struct control_scope scope;
	const char *author_reason;
};

/* NULL where memory is short. */
checked struct flags *flags_new(const struct flags_options *options);

/* Ends what runs without calling back, and frees. NULL is allowed. */
void flags_free(struct flags *flags);

/*
 * Reads the snapshot: one GET with a snapshot key, else the key listing and one bulk read for 100
 * keys, up to 10,000 keys. An absent snapshot key is an empty set. On OUTCOME_OK the set is the
 * callee's (flag_set_free), else NULL. OUTCOME_NOT_FOUND: there is no such namespace.
 */
typedef void flags_listed(void *context, const struct outcome *outcome, struct flag_set *set);
void flags_list(struct flags *flags, flags_listed *listed, void *context);

enum flag_action {
	FLAG_CREATE,   /* definition, or state with the defaults of a boolean flag */
	FLAG_REPLACE,  /* definition */
	FLAG_SET_STATE /* state */
};

struct flag_change {
	enum flag_action action;
	const char *key;
	const char *state;  /* NULL with a definition */
	json_t *definition; /* NULL with a state */
	int64_t version;    /* FLAG_REPLACE: that it replaces, 0: not known */
	const char *text; /* FLAG_REPLACE: as flag_show gave it when it was read, NULL: not known */
	const char *source; /* the KV key it came from, NULL: not known */
};

/*
 * Changes one flag by one authoring request; everything in `change` is copied. On OUTCOME_OK `flag`
 * is the definition as it is now (borrowed). OUTCOME_CONFLICT: a newer version is there than the
 * one that is replaced; nothing has changed. OUTCOME_GATE_CLOSED: the authoring interface refuses.
 *
 * Straight into KV, edits of one key are read, changed and written together, a write a second at
 * most; the one whose version or text is no longer there is refused, the others are not. There is
 * no compare-and-set: what another writer does in between is lost, which is why this is not the
 * default.
 */
typedef void flags_changed(void *context, const struct outcome *outcome, json_t *flag);
void flags_change(struct flags *flags, const struct flag_change *change, flags_changed *changed,
		  void *context);

/* Ends the change of that context without calling back. True if a request of it was on its way. */
bool flags_cancel(struct flags *flags, const void *context);

/* OUTCOME_OK, or what stands in the way of a change right now. */
struct outcome flags_ready(const struct flags *flags);

#endif
