/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_NAME_TABLE_H
#define HSXFS_NAME_TABLE_H

#include "../backends/outcome.h"
#include <stdint.h>

/*
 * Interned names of secrets: a name has one id as long as anybody holds it, be it a listing, an
 * open file or the kernel's lookup count, so inode numbers stay the same. Id 0 is no name.
 */

struct name_table;

checked struct name_table *name_table_new(void);
void name_table_free(struct name_table *table);

/* The name's id, with one hold added; 0 where memory is short or 16 million names are held. */
checked uint32_t name_hold(struct name_table *table, const char *text);

/* Adds a hold to a name that is held already. */
void name_hold_again(struct name_table *table, uint32_t id);

/* Gives up so many holds; the last one forgets the name. */
void name_release(struct name_table *table, uint32_t id, uint64_t holds);

/* The text, borrowed while it is held; NULL for an id that nobody holds. */
const char *name_text(const struct name_table *table, uint32_t id);

#endif
