/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DOTENV_SCAN_H
#define HSXFS_DOTENV_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Finding the assignments in the text of a dotenv file, exactly where the npm package dotenv 16
 * finds them. Nothing here copies or keeps a byte of the text.
 */

struct dotenv_bytes {
	const char *bytes;
	size_t length;
};

/* A part of a text, from start up to but not with end. */
struct dotenv_span {
	size_t start, end;
};

struct dotenv_assignment {
	size_t start; /* of `export` or the name */
	struct dotenv_span name;
	size_t separator_end;	  /* where the value may begin */
	struct dotenv_span value; /* with its quotes, without white space around */
	size_t end;		  /* where the next one is sought */
};

/*
 * Finds the assignment after the one given, or the first if that is all zero. False, with the
 * struct's content undefined, if there is no more.
 */
bool dotenv_next(struct dotenv_bytes text, struct dotenv_assignment *assignment);

/* The span without the white space, as JavaScript has it, at both ends. */
struct dotenv_span dotenv_trim(struct dotenv_bytes text, struct dotenv_span span);

/* True at the start of the text and behind every line end. */
bool dotenv_is_line_start(struct dotenv_bytes text, size_t at);

/* The place behind the next line end, or the text's length if none follows. */
size_t dotenv_next_line(struct dotenv_bytes text, size_t at);

/* True for the bytes that a name may have: [A-Za-z0-9_.-]. */
bool dotenv_is_name_byte(char byte);

#endif
