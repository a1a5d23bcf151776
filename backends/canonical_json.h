/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CANONICAL_JSON_H
#define HSXFS_CANONICAL_JSON_H

#include "outcome.h"
#include <jansson.h>
#include <stddef.h>

/*
 * JSON as text: always the same bytes for the same JSON. jansson's own writer gives 0.1 as
 * 0.10000000000000001, so that a number that nobody touched would change. Pure.
 */

/* The most bytes that a text may have; the largest value that is read has 5 MiB. */
#define CANONICAL_JSON_CEILING ((size_t)32 * 1024 * 1024)

/* Levels that are indented; what is nested deeper stands on one line. */
#define CANONICAL_JSON_LEVELS 16

/*
 * Sorted members, two spaces of indentation, a newline at the end. NUL-terminated, the caller frees
 * it; NULL where memory is short or the ceiling is reached.
 */
checked char *canonical_json_pretty(const json_t *json, size_t *length);

/* Without white space, members in their own order. Otherwise as above. */
checked char *canonical_json_compact(const json_t *json, size_t *length);

#endif
