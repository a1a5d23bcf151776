/* SPDX-License-Identifier: MIT */
#include "secrets.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void secret_names_free(struct secret_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].name);
	free(names->items);
	free(names->slots);
	free(names);
}

/*
 * Keyed, so that no server can choose names that all fall into one slot; the table's size is a
 * power of two.
 */
static size_t *slot_of(const struct secret_names *names, const char *name)
{
	unsigned char sum[crypto_shorthash_BYTES];
	uint32_t hash;
	size_t slot;

	crypto_shorthash(sum, (const unsigned char *)name, strlen(name), names->key);
	memcpy(&hash, sum, sizeof(hash));
	for (slot = hash & (names->slot_count - 1); names->slots[slot];
	     slot = (slot + 1) & (names->slot_count - 1))
		if (!strcmp(names->items[names->slots[slot] - 1].name, name))
			break;
	return &names->slots[slot];
}

struct secret_name *secret_names_find(const struct secret_names *names, const char *name)
{
	size_t position = names->slot_count ? *slot_of(names, name) : 0;

	return position ? &names->items[position - 1] : NULL;
}

/* Doubles the room, so that at most half of the slots are ever taken. */
static bool grow(struct secret_names *names)
{
	size_t room = names->slot_count ? names->slot_count : 16;
	struct secret_name *items = realloc(names->items, room * sizeof(*items));
	size_t *slots;

	if (!items)
		return false;
	if (!names->slot_count)
		randombytes_buf(names->key, sizeof(names->key));
	names->items = items;
	slots = calloc(room * 2, sizeof(*slots));
	if (!slots)
		return false;
	free(names->slots);
	names->slots = slots;
	names->slot_count = room * 2;
	for (size_t i = 0; i < names->count; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): realloc kept the first */
		*slot_of(names, items[i].name) = i + 1;
	return true;
}

static struct secret_name *append(struct secret_names *names, const char *name)
{
	struct secret_name *item;

	if (names->count >= SECRETS_NAMES_MAX)
		return NULL;
	if ((!names->items || names->count * 2 >= names->slot_count) && !grow(names))
		return NULL;
	item = &names->items[names->count];
	*item = (struct secret_name){.name = strdup(name)};
	if (!item->name)
		return NULL;
	*slot_of(names, name) = ++names->count;
	return item;
}

bool secret_names_add(struct secret_names *names, const char *name, bool key, unsigned script,
		      unsigned scripts)
{
	struct secret_name *item = secret_names_find(names, name);

	if (!item) {
		item = append(names, name);
		if (!item)
			return false;
		item->missing = (uint32_t)((UINT64_C(1) << scripts) - 1);
	}
	item->key |= key;
	item->missing &= ~(UINT32_C(1) << script);
	return true;
}

void secret_names_remove(struct secret_names *names, const char *name)
{
	struct secret_name *item = secret_names_find(names, name);

	if (!item)
		return;
	free(item->name);
	*item = names->items[--names->count];
	memset(names->slots, 0, names->slot_count * sizeof(*names->slots));
	for (size_t i = 0; i < names->count; i++)
		*slot_of(names, names->items[i].name) = i + 1;
}
