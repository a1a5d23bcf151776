/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_INSTALL_TABLE_H
#define HSXFS_INSTALL_TABLE_H

#include "name_table.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Installed portals in the order in which they came, to be found by their names. There may be a
 * hundred thousand; whoever only reads their names on keeps a few bytes of each.
 */

/* An installed portal: the allow-list of fields, and nothing else. */
struct install {
	time_t time;   /* of its last change; TREE_UNKNOWN_TIME: not known */
	char fields[]; /* INSTALL_FIELDS texts, each with its NUL; "": not told */
};

enum install_field {
	INSTALL_PORTAL,
	INSTALL_APP,
	INSTALL_ID,
	INSTALL_STATE,
	INSTALL_UPDATED,
	INSTALL_CREATED,
	INSTALL_FIELDS
};

const char *install_field(const struct install *install, enum install_field field);

/* All zero but for `names`, which is borrowed, it is empty. */
struct install_table {
	struct name_table *names;
	uint32_t *ids; /* in the name table, which the table holds */
	size_t count, room;
	struct install **items; /* beside them; NULL: thinned, or none */
	uint32_t *slots; /* positions in ids, plus one, by id; 0: free. NULL: none, or whole */
	size_t slot_count;
	bool thin;
};

/*
 * Adds a portal whose fields may be NULL. A name that is there already stays as it was, and is not
 * added. False where memory is short.
 */
checked bool install_table_add(struct install_table *table, const char *name,
			       const char *const *fields, bool *added);

bool install_table_has(const struct install_table *table, const char *name);

/* NULL: there is none of that name, or the table is thin. Borrowed. */
const struct install *install_table_find(const struct install_table *table, const char *name);

/* Only the names are kept from now on; whole: and no more are added. */
void install_table_thin(struct install_table *table, bool whole);

void install_table_free(struct install_table *table);

#endif
