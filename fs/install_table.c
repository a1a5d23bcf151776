/* SPDX-License-Identifier: MIT */
#include "install_table.h"
#include "../backends/control_plane.h"
#include "../backends/control_time.h"
#include "tree.h"
#include <stdlib.h>
#include <string.h>

const char *install_field(const struct install *install, enum install_field field)
{
	const char *text = install->fields;

	for (int i = 0; i < (int)field; i++)
		text += strlen(text) + 1;
	return text;
}

/* Ids are the name table's own numbers: no server chooses them. */
static size_t slot_of(const struct install_table *table, uint32_t id)
{
	size_t slot = (size_t)(id * UINT32_C(2654435761)) & (table->slot_count - 1);

	while (table->slots[slot] && table->ids[table->slots[slot] - 1] != id)
		slot = (slot + 1) & (table->slot_count - 1);
	return slot;
}

/* The position of a name, plus one; 0: it is not there. */
static uint32_t position(const struct install_table *table, const char *name)
{
	uint32_t id = table->slots ? name_hold(table->names, name) : 0, found;

	if (!id)
		return 0;
	found = table->slots[slot_of(table, id)];
	name_release(table->names, id, 1);
	return found;
}

bool install_table_has(const struct install_table *table, const char *name)
{
	return position(table, name) > 0;
}

const struct install *install_table_find(const struct install_table *table, const char *name)
{
	uint32_t found = table->items ? position(table, name) : 0;

	return found ? table->items[found - 1] : NULL;
}

static bool grow_slots(struct install_table *table)
{
	size_t count = table->slot_count ? 2 * table->slot_count : 64;
	uint32_t *old = table->slots;

	if (2 * (table->count + 1) <= table->slot_count)
		return true;
	table->slots = calloc(count, sizeof(*table->slots));
	if (!table->slots) {
		table->slots = old;
		return false;
	}
	table->slot_count = count;
	for (size_t i = 0; i < table->count; i++)
		table->slots[slot_of(table, table->ids[i])] = (uint32_t)i + 1;
	free(old);
	return true;
}

static bool grow_rows(struct install_table *table)
{
	size_t room = table->room ? table->room + table->room / 2 : 64;
	struct install **items;
	uint32_t *ids;

	if (table->count < table->room)
		return true;
	ids = reallocarray(table->ids, room, sizeof(*ids));
	if (!ids)
		return false;
	table->ids = ids;
	if (!table->thin) {
		items = reallocarray(table->items, room, sizeof(struct install *));
		if (!items)
			return false;
		table->items = items;
	}
	table->room = room;
	return true;
}

static time_t time_of(const char *text)
{
	int64_t time = text ? control_time(text) : -1;

	return time >= 0 ? (time_t)time : TREE_UNKNOWN_TIME;
}

static struct install *pack(const char *const *fields)
{
	size_t length = 0, used = 0;
	struct install *install;

	for (int i = 0; i < INSTALL_FIELDS; i++)
		length += (fields[i] ? strlen(fields[i]) : 0) + 1;
	install = malloc(sizeof(*install) + length);
	if (!install)
		return NULL;
	install->time =
	    time_of(fields[INSTALL_UPDATED] ? fields[INSTALL_UPDATED] : fields[INSTALL_CREATED]);
	for (int i = 0; i < INSTALL_FIELDS; i++) {
		strcpy(install->fields + used, fields[i] ? fields[i] : "");
		used += strlen(install->fields + used) + 1;
	}
	return install;
}

bool install_table_add(struct install_table *table, const char *name, const char *const *fields,
		       bool *added)
{
	struct install *install = NULL;
	uint32_t id;

	*added = false;
	if (!grow_rows(table) || !grow_slots(table) || !(id = name_hold(table->names, name)))
		return false;
	if (table->slots[slot_of(table, id)]) {
		name_release(table->names, id, 1);
		return true;
	}
	if (!table->thin && !(install = pack(fields))) {
		name_release(table->names, id, 1);
		return false;
	}
	if (!table->thin)
		table->items[table->count] = install;
	table->ids[table->count] = id;
	table->slots[slot_of(table, id)] = (uint32_t)table->count + 1;
	table->count++;
	*added = true;
	return true;
}

static void free_items(struct install_table *table)
{
	for (size_t i = 0; table->items && i < table->count; i++)
		free(table->items[i]);
	free(table->items);
	table->items = NULL;
}

static void free_slots(struct install_table *table)
{
	free(table->slots);
	table->slots = NULL;
	table->slot_count = 0;
}

void install_table_thin(struct install_table *table, bool whole)
{
	table->thin = true;
	free_items(table);
	if (whole)
		free_slots(table);
}

void install_table_free(struct install_table *table)
{
	free_items(table);
	free_slots(table);
	for (size_t i = 0; i < table->count; i++)
		name_release(table->names, table->ids[i], 1);
	free(table->ids);
}
