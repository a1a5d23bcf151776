/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FLAG_CHANGE_H
#define HSXFS_FLAG_CHANGE_H

#include "flags.h"

/*
 * Makes a change in a KV value (bytes NULL: absent), if what it was made from is still there;
 * own_key: an absent value becomes this one flag. Gives the new value's text, to be freed by the
 * caller, and the flag as it is then (a new reference), both NULL without OUTCOME_OK:
 * OUTCOME_CONFLICT where the version or text is another, OUTCOME_NAME_TAKEN where a new flag is
 * there already, and those of flag_edit. Reads the clock; otherwise pure.
 */
struct outcome flag_change_apply(const struct flag_change *change, const char *bytes, size_t length,
				 const char *kv_key, bool own_key, char **value, json_t **flag);

#endif
