/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAG_LAYOUT_H
#define HSXFS_FLAG_LAYOUT_H

#include "flag_text.h"

/* How the flags lie in a KV value: what flag_decode.c and flag_edit.c share. Pure. */

enum flag_layout {
	FLAG_LAYOUT_NONE,   /* absent, or white space alone */
	FLAG_LAYOUT_RAW,    /* not known */
	FLAG_LAYOUT_ONE,    /* the value is one flag */
	FLAG_LAYOUT_ARRAY,  /* an array of flags that have a key */
	FLAG_LAYOUT_MEMBERS /* an object with a member a flag */
};

struct flag_value {
	enum flag_layout layout;
	json_t *root;	/* owned; NULL where the bytes are no JSON */
	json_t *holder; /* the array or object that holds the flags, within root */
	bool no_memory; /* to read it: nothing is known of it */
};

/* Reads a value; bytes NULL: absent. Free it with json_decref(root). */
struct flag_value flag_value_read(const char *bytes, size_t length);

/* flag_set_add of a value that was read already; bytes and length are what it was read from. */
checked bool flag_set_add_value(struct flag_set *set, const char *kv_key,
				const struct flag_value *value, const char *bytes, size_t length);

/* A text member that is a usable key, borrowed; NULL if there is none. */
const char *flag_own_key(const json_t *definition);

/* The definition's version, 0 if it has none. */
int64_t flag_version(const json_t *definition);

#endif
