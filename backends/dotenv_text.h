/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DOTENV_TEXT_H
#define HSXFS_DOTENV_TEXT_H

#include "secrets.h"
#include "value.h"

/*
 * Reading and editing the text of a .dev.vars file as wrangler's reader, the npm package dotenv,
 * understands it: `NAME=value` or `NAME: value`, an `export ` before it, quotes of three kinds that
 * may span lines, comments after `#`. Wrangler expands no `$NAME` in a .dev.vars file.
 *
 * Pure: no files, no clock. The text holds values, so it is a struct value. It may hold any bytes
 * but NUL; nothing in it is too odd to be kept as it is.
 */

/*
 * Adds every name that the text assigns to names (once each), in the order of the text. Any name
 * that dotenv reads is listed, such as `1.a-b`; `__proto__` is not, since it never reaches the
 * object that dotenv fills. False where memory is short.
 */
checked bool dotenv_list(const struct value *text, struct secret_names *names);

/* True if the text assigns the name. */
bool dotenv_has(const struct value *text, const char *name);

/*
 * Appends to out the text with the name's assignment replaced, or added at the end. Every other
 * byte stays: comments, also one behind the value, order, `export `, the quoting of the others,
 * line ends. A line that is added ends as the text's first line does (\n or \r\n), and a last line
 * without an end gets one. Of several assignments of one name the last is replaced (it is the one
 * that counts) and the others are left alone.
 *
 * The value stands unquoted if it is made of letters, digits and `_-./:@%+,=` alone, else in the
 * first of '', "" and `` that reads back the same. It should be UTF-8.
 *
 * On failure nothing was appended:
 * OUTCOME_BAD_VALUE if no quoting reads back the same: the value holds a NUL or is not UTF-8, is of
 *	several lines and ends with a backslash or has all three quotes, or has a carriage return
 *	along with double quotes, `\n` or `\r`;
 * OUTCOME_BAD_NAME for a name that dotenv cannot hold (others than [A-Za-z0-9_.-]+, `__proto__`);
 * OUTCOME_LOCAL_ERROR if what stands elsewhere in the text, such as an unclosed quote, would make
 *	the edit change another assignment or be swallowed by it;
 * OUTCOME_NO_MEMORY where out's ceiling or the arena is reached.
 */
struct outcome dotenv_set(const struct value *text, const char *name, const struct value *value,
			  struct value *out);

/*
 * Appends to out the text without the lines of any assignment of the name; the comment lines around
 * stay. On failure nothing was appended: OUTCOME_SECRET_NOT_FOUND if there is none;
 * OUTCOME_LOCAL_ERROR as above; OUTCOME_NO_MEMORY.
 */
struct outcome dotenv_unset(const struct value *text, const char *name, struct value *out);

#endif
