/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_COMMIT_H
#define HSXFS_COMMIT_H

#include "../backends/outcome.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * The commit rule, the pure part: when bytes that came through write(2) are a whole value, and what
 * of them is stored. See design section 3.
 */

/* What is done about a value's final newline (-o newline=). */
enum newline_rule {
	NEWLINE_STRIP1, /* drop exactly one final LF or CRLF, and only of a value otherwise one line
			 */
	NEWLINE_KEEP,	/* byte for byte */
	NEWLINE_TRIM	/* all final white space, as wrangler does (ECMAScript trimEnd) */
};

/* The line that a read of a secret gives: this and its name. */
#define PLACEHOLDER_PREFIX "hsxfs: write-only secret "

/*
 * No value may hold the first part of that line anywhere, nor the second one with the secret's own
 * name: sed -i and editors read the line, change a part of it and write it back, and the secret would
 * be gone for good. An honest text may speak of a write-only secret.
 */
#define PLACEHOLDER_MARK "hsxfs: write-only"
#define PLACEHOLDER_REST "write-only secret "

/*
 * True if the bytes that have come so far are to be sent at once. A value that begins with
 * `-----BEGIN` is whole when its last block is closed, one that begins with `{` or `[` when the
 * JSON is (text that can no longer become JSON counts as plain), a plain one when it is one line
 * with its newline, or without one and its length is not a multiple of 512. Nothing that ends
 * inside a UTF-8 sequence or inside an END line is whole. Whoever asks must not send at once what
 * has over 32 KiB and does not end in a newline (value_file.c): more of it may come.
 */
bool commit_is_whole(const char *bytes, size_t length);

/*
 * What can be said against bytes that are not a whole value yet: a NUL, a byte that no UTF-8 text
 * has there, or PLACEHOLDER_MARK. NULL if nothing can. The text is static.
 */
const char *commit_problem_so_far(const char *bytes, size_t length);

/*
 * Decides how many of the bytes are stored as the secret `name`, *stored, or returns why the value is
 * refused: empty, NUL, not UTF-8, a part of the placeholder, or (strip1) one line that begins or ends with white space. NULL
 * if it is not. The text is static and names the option that would allow it.
 */
const char *commit_problem(const char *name, const char *bytes, size_t length,
			   enum newline_rule rule, size_t *stored);

/* As commit_problem, as an outcome: OUTCOME_OK, or OUTCOME_BAD_VALUE with the reason and the mend.
 */
struct outcome commit_outcome(const char *name, const char *bytes, size_t length,
			      enum newline_rule rule, size_t *stored);

/* A problem's text as an outcome; OUTCOME_OK for NULL. */
struct outcome commit_outcome_of(const char *problem);

#endif
