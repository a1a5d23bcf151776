/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JSON_PREFIX_H
#define HSXFS_JSON_PREFIX_H

#include <stddef.h>

/* What can be said of a text that may still grow. */
enum json_prefix {
	JSON_NEVER,  /* nothing that could follow makes it JSON */
	JSON_PREFIX, /* JSON so far, and not yet complete */
	JSON_WHOLE   /* complete; only white space may still follow */
};

/* Nesting beyond this counts as JSON_NEVER. */
#define JSON_DEPTH_CEILING 512

/*
 * Judges a text by the grammar of RFC 8259. Only objects and arrays count as JSON here, since no
 * other text says where it ends. UTF-8 is not looked at, only that strings hold no control
 * characters. Pure; nothing is kept of the text.
 */
enum json_prefix json_prefix(const char *text, size_t length);

#endif
