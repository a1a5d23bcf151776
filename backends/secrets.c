/* SPDX-License-Identifier: MIT */
#include "secrets.h"
#include <stdlib.h>
#include <string.h>

void secret_names_free(struct secret_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].name);
	free(names->items);
	free(names);
}

static struct secret_name *find(struct secret_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->items[i].name, name))
			return &names->items[i];
	return NULL;
}

static struct secret_name *append(struct secret_names *names)
{
	struct secret_name *items;

	/* Room grows at powers of two. */
	if (names->count == 0 || (names->count & (names->count - 1)) == 0) {
		size_t room = names->count ? names->count * 2 : 1;

		items = realloc(names->items, room * sizeof(*items));
		if (!items)
			return NULL;
		names->items = items;
	}
	return &names->items[names->count];
}

bool secret_names_add(struct secret_names *names, const char *name, bool key, unsigned script,
		      unsigned scripts)
{
	struct secret_name *item = find(names, name);

	if (!item) {
		item = append(names);
		if (!item)
			return false;
		item->name = strdup(name);
		if (!item->name)
			return false;
		item->key = false;
		item->missing = (uint32_t)((UINT64_C(1) << scripts) - 1);
		names->count++;
	}
	item->key |= key;
	item->missing &= ~(UINT32_C(1) << script);
	return true;
}
