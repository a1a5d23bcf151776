/* SPDX-License-Identifier: MIT */
#include "flags_read.h"
#include "flag_layout.h"
#include "json_size.h"
#include <stdlib.h>
#include <string.h>

#define NO_SUCH_KEY 10009

/* Pages without a key in a row: more is a server that has lost its count. */
#define EMPTY_MAX 50

struct flags_read {
	struct kv *kv;
	char *namespace_id;
	struct kv_call *call;
	struct flag_set *set;
	struct flag_places places;
	char **keys;
	size_t key_count, key_room;
	size_t next_key;       /* the first whose value was not asked for */
	size_t batch;	       /* keys in the running bulk read */
	unsigned empty;	       /* pages without a key, in a row */
	size_t bytes;	       /* of all values */
	struct json_size size; /* of those that are parsed */
	flags_were_read *were_read;
	void *context;
};

bool flags_key_is_absent(const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_NOT_FOUND && outcome->code == NO_SUCH_KEY;
}

static void free_read(struct flags_read *read)
{
	for (size_t i = 0; i < read->key_count; i++)
		free(read->keys[i]);
	free(read->keys);
	free(read->places.holder);
	flag_set_free(read->set);
	free(read->namespace_id);
	free(read);
}

static void end(struct flags_read *read, const struct outcome *outcome)
{
	struct flag_places places = read->places;
	struct flag_set *set = read->set;

	if (outcome->kind == OUTCOME_OK) {
		read->set = NULL;
		read->places.holder = NULL;
	} else {
		set = NULL;
		places = (struct flag_places){0};
	}
	read->were_read(read->context, outcome, set, places);
	free_read(read);
}

static void end_without_memory(struct flags_read *read)
{
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for the flags");

	end(read, &outcome);
}

static void end_sorted(struct flags_read *read)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (flag_set_sort(read->set))
		end(read, &outcome);
	else
		end_without_memory(read);
}

/* ---- values ---- */

static bool note_place(struct flags_read *read, const char *kv_key, enum flag_layout layout)
{
	if (layout == FLAG_LAYOUT_ONE)
		read->places.singles++;
	if (layout != FLAG_LAYOUT_ARRAY && layout != FLAG_LAYOUT_MEMBERS)
		return true;
	read->places.holders++;
	if (!read->places.holder)
		read->places.holder = strdup(kv_key);
	return read->places.holder != NULL;
}

static struct outcome add_value(struct flags_read *read, const char *kv_key, const char *bytes,
				size_t length)
{
	struct outcome outcome = {.kind = OUTCOME_OK};
	struct flag_value value;

	if (length > FLAGS_BYTES_MAX - read->bytes ||
	    (json_is_modest(bytes, length) && !json_size_add(&read->size, bytes, length)))
		return outcome_advise(
		    outcome_make(OUTCOME_TOO_LARGE,
				 "the values of the KV namespace are over %zu MiB, or have too "
				 "many members",
				 FLAGS_BYTES_MAX >> 20),
		    "set flags_key to the KV key that holds the flags");
	read->bytes += length;
	value = flag_value_read(bytes, length);
	if (kv_finds_token(read->kv, value.root))
		outcome =
		    outcome_make(OUTCOME_BAD_REPLY, "the answer is withheld: it repeats a token");
	else if (!flag_set_add_value(read->set, kv_key, &value, bytes, length) ||
		 !note_place(read, kv_key, value.layout))
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for the flags");
	json_decref(value.root);
	return outcome;
}

static void value_came(void *context, const struct outcome *came, const char *bytes, size_t length)
{
	struct flags_read *read = context;
	struct outcome outcome = *came;

	read->call = NULL;
	if (outcome.kind == OUTCOME_OK)
		outcome = add_value(read, read->keys[0], bytes, length);
	else if (flags_key_is_absent(&outcome))
		outcome = (struct outcome){.kind = OUTCOME_OK};
	if (outcome.kind == OUTCOME_OK)
		end_sorted(read);
	else
		end(read, &outcome);
}

static void next_batch(struct flags_read *read);

/* In the order of the keys, so that of two flags of one key the same one is always left out. */
static struct outcome add_values(struct flags_read *read, json_t *values)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	for (size_t i = 0; i < read->batch && outcome.kind == OUTCOME_OK; i++) {
		const char *key = read->keys[read->next_key - read->batch + i];
		json_t *value = json_object_get(values, key);

		if (json_is_string(value))
			outcome = add_value(read, key, json_string_value(value),
					    json_string_length(value));
	}
	return outcome;
}

static void values_came(void *context, const struct outcome *came, json_t *values)
{
	struct flags_read *read = context;
	struct outcome outcome = *came;

	read->call = NULL;
	if (outcome.kind == OUTCOME_OK)
		outcome = add_values(read, values);
	if (outcome.kind == OUTCOME_OK)
		next_batch(read);
	else
		end(read, &outcome);
}

static void next_batch(struct flags_read *read)
{
	size_t left = read->key_count - read->next_key;

	if (left == 0) {
		end_sorted(read);
		return;
	}
	read->batch = left < KV_BULK_MAX ? left : KV_BULK_MAX;
	read->next_key += read->batch;
	read->call = kv_bulk_get(read->kv, read->namespace_id,
				 (const char *const *)read->keys + read->next_key - read->batch,
				 read->batch, values_came, read);
	if (!read->call)
		end_without_memory(read);
}

/* ---- keys ---- */

static bool add_key(struct flags_read *read, const char *name)
{
	size_t room = read->key_room ? 2 * read->key_room : 64;
	char **keys;

	if (read->key_count == read->key_room) {
		keys = reallocarray(read->keys, room, sizeof(*keys));
		if (!keys)
			return false;
		read->keys = keys;
		read->key_room = room;
	}
	read->keys[read->key_count] = strdup(name);
	if (!read->keys[read->key_count])
		return false;
	read->key_count++;
	return true;
}

static struct outcome add_keys(struct flags_read *read, const struct kv_key *keys, size_t count)
{
	read->empty = count ? 0 : read->empty + 1;
	if (read->empty > EMPTY_MAX)
		return outcome_make(OUTCOME_BAD_REPLY, "the KV namespace's list of keys has no "
						       "end");
	if (count > FLAGS_KEYS_MAX - read->key_count)
		return outcome_advise(outcome_make(OUTCOME_TOO_MANY,
						   "the KV namespace has more than %d keys",
						   FLAGS_KEYS_MAX),
				      "set flags_key to the KV key that holds the flags");
	/* A key that no request can name is nobody's flag: the others are shown all the same. */
	for (size_t i = 0; i < count; i++)
		if (kv_check_key(keys[i].name).kind == OUTCOME_OK && !add_key(read, keys[i].name))
			return outcome_make(OUTCOME_NO_MEMORY, "no memory for the flags");
	return (struct outcome){.kind = OUTCOME_OK};
}

static void keys_came(void *context, const struct outcome *came, const struct kv_key *keys,
		      size_t count, const char *next)
{
	struct flags_read *read = context;
	struct outcome outcome = *came;

	read->call = NULL;
	if (outcome.kind == OUTCOME_OK)
		outcome = add_keys(read, keys, count);
	if (outcome.kind != OUTCOME_OK) {
		end(read, &outcome);
	} else if (next) {
		read->call = kv_keys(read->kv, read->namespace_id, NULL, next, keys_came, read);
		if (!read->call)
			end_without_memory(read);
	} else {
		next_batch(read);
	}
}

/* ---- the rest ---- */

static bool begin(struct flags_read *read, const char *snapshot_key)
{
	if (!read->namespace_id || !read->set)
		return false;
	if (!snapshot_key)
		read->call = kv_keys(read->kv, read->namespace_id, NULL, NULL, keys_came, read);
	else if (add_key(read, snapshot_key))
		read->call = kv_get(read->kv, read->namespace_id, read->keys[0], value_came, read);
	return read->call != NULL;
}

struct flags_read *flags_read(struct kv *kv, const char *namespace_id, const char *snapshot_key,
			      flags_were_read *were_read, void *context)
{
	struct flags_read *read = calloc(1, sizeof(*read));

	if (!read)
		return NULL;
	*read = (struct flags_read){.kv = kv,
				    .namespace_id = strdup(namespace_id),
				    .set = calloc(1, sizeof(*read->set)),
				    .were_read = were_read,
				    .context = context};
	if (begin(read, snapshot_key))
		return read;
	free_read(read);
	return NULL;
}

void flags_read_cancel(struct flags_read *read)
{
	if (read->call)
		kv_cancel(read->call);
	free_read(read);
}
