/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DOTENV_TEXT_H
#define HSXFS_DOTENV_TEXT_H

#include "secrets.h"
#include "value.h"

/*
 * Reading and editing the text of a .dev.vars file as wrangler's reader, the npm package dotenv,
 * understands it. Pure: no files, no clock. The text holds values, so it is a struct value.
 */

/* Adds every name that the text assigns to names (once each). False where memory is short. */
checked bool dotenv_list(const struct value *text, struct secret_names *names);

/* True if the text assigns the name. */
bool dotenv_has(const struct value *text, const char *name);

/*
 * Appends to out the text with the name's assignment replaced, or added at the end. Every other
 * byte stays: comments, order, quoting, line ends. Of several assignments of one name the last is
 * replaced (it is the one that counts) and the others are left alone.
 * OUTCOME_BAD_VALUE if no quoting reads back to the same value (a value with a carriage return, or
 * with all three quotes); OUTCOME_BAD_NAME for a name that dotenv cannot hold; OUTCOME_NO_MEMORY.
 */
struct outcome dotenv_set(const struct value *text, const char *name, const struct value *value,
			  struct value *out);

/*
 * Appends to out the text without any assignment of the name; the comment lines around stay.
 * OUTCOME_SECRET_NOT_FOUND if there is none; OUTCOME_NO_MEMORY.
 */
struct outcome dotenv_unset(const struct value *text, const char *name, struct value *out);

#endif
