/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_VALUE_H
#define HSXFS_VALUE_H

#include "outcome.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The type that holds secret bytes: values on their way to a backend, the bodies that carry them,
 * and tokens. Its bytes lie in a locked arena and are wiped when it shrinks, moves or is freed.
 * There is deliberately no way to print one.
 */

struct arena;
struct value;

/* The largest value a writer may hand over, in bytes (design: the local ceiling, EFBIG). */
#define VALUE_CEILING ((size_t)64 * 1024)

/*
 * Maps and locks an arena of so many bytes. Call it after the last fork, since locks are not
 * inherited. *locked says whether mlock succeeded; if not the arena works all the same.
 * Returns NULL where memory is short; the caller frees it with arena_free.
 */
checked struct arena *arena_new(size_t bytes, bool *locked);

/* Wipes and unmaps; every value made from it must have been freed. NULL is allowed. */
void arena_free(struct arena *arena);

/*
 * An empty value that may grow to ceiling bytes. NULL where the arena is full; the caller frees it
 * with value_free.
 */
checked struct value *value_new(struct arena *arena, size_t ceiling);

/* Wipes and frees; NULL is allowed. */
void value_free(struct value *value);

/* Appends; false, with the value unchanged, where the ceiling or the arena does not allow it. */
checked bool value_append(struct value *value, const void *bytes, size_t length);

/*
 * Appends what a read(2) of up to `most` bytes gives, with no copy elsewhere. As read(2); also -1 with
 * EFBIG where more comes than the ceiling allows, and with ENOMEM where the arena is full.
 */
ssize_t value_read(struct value *value, int fd, size_t most);

/*
 * Appends text as the inside of a JSON string (RFC 8259 section 7), without the quotes: `"`, `\`
 * and control characters escaped. Same result as value_append; on false nothing was appended.
 */
checked bool value_append_json(struct value *value, const char *bytes, size_t length);

/* One byte of that: how many bytes of escape it is then. */
#define VALUE_JSON_BYTE 6
size_t value_json_byte(char byte, char escape[static VALUE_JSON_BYTE]);

/* Cuts the value to its first `length` bytes and wipes the rest. */
void value_truncate(struct value *value, size_t length);

/*
 * Overwrites from an offset on, growing as needed; a gap becomes NULs. Same result as value_append.
 */
checked bool value_write(struct value *value, size_t offset, const void *bytes, size_t length);

/* Cuts the value, or grows it with NULs. Same result as value_append. */
checked bool value_resize(struct value *value, size_t length);

size_t value_length(const struct value *value);

/* The bytes, borrowed until the value changes. They are followed by a NUL that does not count. */
const char *value_bytes(const struct value *value);

#endif
