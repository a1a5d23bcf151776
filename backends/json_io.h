/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JSON_IO_H
#define HSXFS_JSON_IO_H

#include "outcome.h"
#include <jansson.h>

/*
 * jansson's reader and writer do not look whether all their allocations succeed: where memory is
 * short, digits of a number, characters of a text or names of members are left out, and what
 * remains is taken for the whole. These give all or nothing (wipe_install must have been called).
 */

/* Puts wiping allocation functions under jansson; wipe_install does it. */
void json_io_install(void);

/* How many of jansson's allocations have failed so far, for who builds something of several. */
unsigned long json_io_failures(void);

/* As json_loadb; json_error_code(error) is json_error_out_of_memory if memory was short. error may
 * be NULL. */
checked json_t *json_read(const char *bytes, size_t length, size_t flags, json_error_t *error);

/* As json_dumps: the caller frees it, NULL where memory is short. NULL for json is allowed. */
checked char *json_write(const json_t *json, size_t flags);

/* As json_copy and json_deep_copy: a new reference, NULL where memory is short. */
checked json_t *json_copy_whole(json_t *json);
checked json_t *json_deep_copy_whole(const json_t *json);

#endif
