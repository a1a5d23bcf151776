/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAG_TEXT_H
#define HSXFS_FLAG_TEXT_H

#include "outcome.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Flags as text: what a snapshot holds, how a flag is shown, and what may be written. Pure. The
 * layout of the snapshot is not documented, so it is decoded tolerantly (CONTROL-PLANE.md).
 */

/* One flag, or one KV value of unknown layout. */
struct flag {
	char *key;
	json_t *definition; /* an object, as it came; NULL: of unknown layout (raw) */
	char *text;	    /* as it is shown: see flag_show; owned */
	size_t length;
	char *state; /* "enabled", "disabled", "archived", any other word, or "unknown"; owned */
	int64_t version; /* 0: it has none */
	int64_t updated; /* seconds of the epoch, 0: not known */
	char *source;	 /* the KV key it came from; NULL: none */
};

/* The flags of an environment, sorted by key (strcmp), no key twice. */
struct flag_set {
	size_t count;
	struct flag *items;
	size_t repeated; /* further values of a key that was there already, left out */
	size_t room;
};

void flag_free(struct flag *flag); /* what is in it, not the struct */
void flag_set_free(struct flag_set *set);

/* The flag of that key, borrowed; NULL if there is none. */
const struct flag *flag_set_find(const struct flag_set *set, const char *key);

/*
 * Adds what one KV value holds: an object with a member `flags` (an array of objects with `key`, or
 * an object by key); else an object with a text member `key` or `state`, which is one flag; else an
 * object whose members are all objects, by key; anything else is raw, by the KV key; nothing but
 * white space is no flag. Call flag_set_sort after the last. False where memory is short.
 */
checked bool flag_set_add(struct flag_set *set, const char *kv_key, const char *bytes,
			  size_t length);
checked bool flag_set_sort(struct flag_set *set);

/* Makes a flag of a definition (a new reference is taken); false where memory is short. */
checked bool flag_make(struct flag *flag, const char *key, json_t *definition, const char *source);

/*
 * What a flag's file shows: JSON with sorted keys, two spaces of indentation and a newline, always
 * the same bytes for the same definition (canonical_json.h; the 17th level and deeper on one line).
 * `version` and `updatedAt` are not in it (they are the server's, shown as attribute and mtime), so
 * that two environments compare equal where the flags are; `key` is always in it. Raw JSON is shown
 * the same way, whole; other bytes as they are. The caller frees it; NULL where memory is short.
 */
checked char *flag_show(const char *key, json_t *definition, size_t *length);

/* The word enabled, disabled or archived if the bytes are that, else NULL. */
const char *flag_state_word(const char *bytes, size_t length);

/* What somebody wrote: a word, or a definition. */
struct flag_body {
	char state[64];	    /* "" if a definition was written */
	json_t *definition; /* owned by whoever parsed; without version and updatedAt */
};

/*
 * Parses what was written to the flag of that key: one of the words enabled, disabled, archived
 * (white space around it does not count), or one JSON object; a member `key` that is there must be
 * the same. OUTCOME_BAD_VALUE with line and column and the mend otherwise.
 */
struct outcome flag_parse(const char *key, const char *bytes, size_t length,
			  struct flag_body *body);

/* True if no more bytes can belong to it: a word with its newline, a closed JSON object, or lines
 * that can no longer become one. */
bool flag_is_whole(const char *bytes, size_t length);

/* A new flag's key: a letter, then letters, digits, `.`, `_`, `-`; at most 200 bytes. */
bool flag_key_is_valid(const char *key);

/*
 * The KV value `bytes` (NULL: the key is absent) with one flag replaced, added, or with its state
 * set, in whatever layout it has (an absent or empty one becomes {"flags":{…}}); other members stay
 * as they are. `definition` or `state`, the other is NULL; with a state the flag must be there.
 * version goes up by one, from 0 where there was none, and updatedAt is `now` (RFC 3339). Gives the
 * new value's text, to be freed by the caller, and the flag as it is then in `changed` (a new
 * reference), both NULL otherwise. OUTCOME_NOT_FOUND where the state of a flag that is not there is
 * set; OUTCOME_BAD_VALUE where the layout is not known, or the value is one other flag.
 */
struct outcome flag_edit(const char *bytes, size_t length, const char *kv_key, const char *key,
			 const char *state, json_t *definition, const char *now, char **value,
			 json_t **changed);

#endif
