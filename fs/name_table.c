/* SPDX-License-Identifier: MIT */
#include "name_table.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX (1u << 24)
#define BUCKETS_FIRST 256u

struct name {
	char *text; /* NULL: the id is free */
	uint64_t holds;
	uint32_t next; /* in its bucket, or in the list of free ids */
};

struct name_table {
	struct name *names; /* by id; 0 is not used */
	uint32_t size, used, free;
	uint32_t *buckets;
	uint32_t bucket_count;
	unsigned char key[crypto_shorthash_KEYBYTES];
};

/* Keyed, so that no server can choose names that all fall into one bucket. */
static uint32_t hash(const struct name_table *table, const char *text)
{
	unsigned char sum[crypto_shorthash_BYTES];
	uint32_t number;

	crypto_shorthash(sum, (const unsigned char *)text, strlen(text), table->key);
	memcpy(&number, sum, sizeof(number));
	return number;
}

struct name_table *name_table_new(void)
{
	struct name_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	randombytes_buf(table->key, sizeof(table->key));
	table->bucket_count = BUCKETS_FIRST;
	table->buckets = calloc(table->bucket_count, sizeof(*table->buckets));
	if (table->buckets)
		return table;
	free(table);
	return NULL;
}

void name_table_free(struct name_table *table)
{
	if (!table)
		return;
	for (uint32_t id = 1; id < table->size; id++)
		free(table->names[id].text);
	free(table->names);
	free(table->buckets);
	free(table);
}

static uint32_t *bucket_of(const struct name_table *table, const char *text)
{
	return &table->buckets[hash(table, text) & (table->bucket_count - 1)];
}

/* Chains only get longer where memory is short. */
static void grow_buckets(struct name_table *table)
{
	uint32_t count = table->bucket_count * 2;
	uint32_t *buckets = calloc(count, sizeof(*buckets));

	if (!buckets)
		return;
	free(table->buckets);
	table->buckets = buckets;
	table->bucket_count = count;
	for (uint32_t id = 1; id < table->size; id++) {
		struct name *name = &table->names[id];
		uint32_t *bucket;

		if (!name->text)
			continue;
		bucket = bucket_of(table, name->text);
		name->next = *bucket;
		*bucket = id;
	}
}

static uint32_t take_id(struct name_table *table)
{
	uint32_t size = table->size ? table->size * 2 : 64, id = table->free;
	struct name *names;

	if (id) {
		table->free = table->names[id].next;
		return id;
	}
	if (size > NAMES_MAX)
		return 0;
	names = realloc(table->names, size * sizeof(*names));
	if (!names)
		return 0;
	table->names = names;
	memset(names + table->size, 0, (size - table->size) * sizeof(*names));
	for (id = size - 1; id >= table->size && id > 0; id--) {
		names[id].next = table->free;
		table->free = id;
	}
	table->size = size;
	return take_id(table);
}

static uint32_t find(const struct name_table *table, const char *text)
{
	uint32_t id = *bucket_of(table, text);

	while (id && strcmp(table->names[id].text, text) != 0)
		id = table->names[id].next;
	return id;
}

uint32_t name_hold(struct name_table *table, const char *text)
{
	uint32_t id = find(table, text), *bucket;
	char *copy;

	if (id) {
		table->names[id].holds++;
		return id;
	}
	if (table->used >= table->bucket_count)
		grow_buckets(table);
	copy = strdup(text);
	id = copy ? take_id(table) : 0;
	if (!id) {
		free(copy);
		return 0;
	}
	bucket = bucket_of(table, text);
	table->names[id] = (struct name){.text = copy, .holds = 1, .next = *bucket};
	*bucket = id;
	table->used++;
	return id;
}

void name_hold_again(struct name_table *table, uint32_t id)
{
	if (name_text(table, id))
		table->names[id].holds++;
}

static void forget(struct name_table *table, uint32_t id)
{
	struct name *name = &table->names[id];
	uint32_t *place = bucket_of(table, name->text);

	while (*place != id)
		place = &table->names[*place].next;
	*place = name->next;
	free(name->text);
	*name = (struct name){.next = table->free};
	table->free = id;
	table->used--;
}

void name_release(struct name_table *table, uint32_t id, uint64_t holds)
{
	if (!name_text(table, id))
		return;
	if (table->names[id].holds > holds)
		table->names[id].holds -= holds;
	else
		forget(table, id);
}

const char *name_text(const struct name_table *table, uint32_t id)
{
	return id && id < table->size ? table->names[id].text : NULL;
}
