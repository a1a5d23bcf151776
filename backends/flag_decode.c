/* SPDX-License-Identifier: MIT */
#include "canonical_json.h"
#include "control_time.h"
#include "flag_layout.h"
#include "flag_text.h"
#include "json_io.h"
#include "json_size.h"
#include "text.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- layouts ---- */

static const char *text_member(const json_t *object, const char *name)
{
	const json_t *member = json_object_get(object, name);
	const char *text = json_string_value(member);

	return text && text[0] && strlen(text) == json_string_length(member) ? text : NULL;
}

const char *flag_own_key(const json_t *definition)
{
	return text_member(definition, "key");
}

int64_t flag_version(const json_t *definition)
{
	json_int_t version = json_integer_value(json_object_get(definition, "version"));

	return version > 0 ? version : 0;
}

static bool are_keyed_objects(const json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (!flag_own_key(json_array_get(array, i)))
			return false;
	return true;
}

static bool are_objects_by_key(json_t *object)
{
	const char *name;
	json_t *member;

	json_object_foreach(object, name, member)
	{
		if (!json_is_object(member) || !name[0])
			return false;
	}
	return true;
}

static enum flag_layout layout_of(json_t *root, json_t **holder)
{
	json_t *flags = json_object_get(root, "flags");

	*holder = flags;
	if (json_is_array(flags) && are_keyed_objects(flags))
		return FLAG_LAYOUT_ARRAY;
	if (json_is_object(flags) && are_objects_by_key(flags))
		return FLAG_LAYOUT_MEMBERS;
	*holder = root;
	if (text_member(root, "key") || text_member(root, "state"))
		return FLAG_LAYOUT_ONE;
	if (json_is_object(root) && !flags && are_objects_by_key(root))
		return FLAG_LAYOUT_MEMBERS;
	return FLAG_LAYOUT_RAW;
}

static bool is_blank(const char *bytes, size_t length)
{
	while (length > 0 && isspace((unsigned char)bytes[length - 1]))
		length--;
	return length == 0;
}

struct flag_value flag_value_read(const char *bytes, size_t length)
{
	struct flag_value value = {.layout = FLAG_LAYOUT_NONE};
	json_error_t error;

	if (!bytes || is_blank(bytes, length))
		return value;
	value.layout = FLAG_LAYOUT_RAW;
	/* Of members of one name the last counts, as it does where a Worker parses the value. */
	if (json_is_modest(bytes, length)) {
		value.root = json_read(bytes, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
		value.no_memory =
		    !value.root && json_error_code(&error) == json_error_out_of_memory;
	}
	if (value.root)
		value.layout = layout_of(value.root, &value.holder);
	return value;
}

/* ---- one flag ---- */

void flag_free(struct flag *flag)
{
	free(flag->key);
	json_decref(flag->definition);
	free(flag->text);
	free(flag->state);
	free(flag->source);
	*flag = (struct flag){0};
}

/* A state that can be shown as an attribute. */
static const char *state_of(const json_t *definition)
{
	const char *state = text_member(definition, "state");

	return state && strlen(state) <= 63 && !text_has_control(state, strlen(state)) ? state
										       : "unknown";
}

static int64_t updated_of(const json_t *definition)
{
	const char *text = text_member(definition, "updatedAt");
	int64_t updated = text ? control_time(text) : 0;

	return updated > 0 ? updated : 0;
}

bool flag_make(struct flag *flag, const char *key, json_t *definition, const char *source)
{
	*flag = (struct flag){.key = strdup(key),
			      .definition = json_incref(definition),
			      .state = strdup(state_of(definition)),
			      .version = flag_version(definition),
			      .updated = updated_of(definition),
			      .source = source ? strdup(source) : NULL};
	flag->text = flag_show(key, definition, &flag->length);
	if (flag->key && flag->state && flag->text && (flag->source || !source))
		return true;
	flag_free(flag);
	return false;
}

static char *copy_bytes(const char *bytes, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

static bool make_raw(struct flag *flag, const char *kv_key, const json_t *root, const char *bytes,
		     size_t length)
{
	*flag = (struct flag){.key = strdup(kv_key),
			      .state = strdup("unknown"),
			      .length = length,
			      .source = strdup(kv_key)};
	flag->text = root ? canonical_json_pretty(root, &flag->length) : copy_bytes(bytes, length);
	if (flag->key && flag->state && flag->text && flag->source)
		return true;
	flag_free(flag);
	return false;
}

/* ---- sets ---- */

void flag_set_free(struct flag_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++)
		flag_free(&set->items[i]);
	free(set->items);
	free(set);
}

static struct flag *room_for_one(struct flag_set *set)
{
	size_t room = set->room ? 2 * set->room : 16;
	struct flag *items;

	if (set->count < set->room)
		return &set->items[set->count];
	items = reallocarray(set->items, room, sizeof(*items));
	if (!items)
		return NULL;
	set->items = items;
	set->room = room;
	return &items[set->count];
}

static bool add_flag(struct flag_set *set, const char *key, json_t *definition, const char *source)
{
	struct flag *flag = room_for_one(set);

	if (!flag || !flag_make(flag, key, definition, source))
		return false;
	set->count++;
	return true;
}

static bool add_array(struct flag_set *set, const json_t *array, const char *source)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		json_t *definition = json_array_get(array, i);

		if (!add_flag(set, flag_own_key(definition), definition, source))
			return false;
	}
	return true;
}

static bool add_members(struct flag_set *set, json_t *object, const char *source)
{
	const char *key;
	json_t *definition;

	json_object_foreach(object, key, definition)
	{
		if (!add_flag(set, key, definition, source))
			return false;
	}
	return true;
}

static bool add_raw(struct flag_set *set, const char *kv_key, const json_t *root, const char *bytes,
		    size_t length)
{
	struct flag *flag = room_for_one(set);

	if (!flag || !make_raw(flag, kv_key, root, bytes, length))
		return false;
	set->count++;
	return true;
}

bool flag_set_add_value(struct flag_set *set, const char *kv_key, const struct flag_value *value,
			const char *bytes, size_t length)
{
	const char *own = flag_own_key(value->root);

	if (value->no_memory)
		return false;
	switch (value->layout) {
	case FLAG_LAYOUT_NONE:
		break;
	case FLAG_LAYOUT_RAW:
		return add_raw(set, kv_key, value->root, bytes, length);
	case FLAG_LAYOUT_ONE:
		return add_flag(set, own ? own : kv_key, value->root, kv_key);
	case FLAG_LAYOUT_ARRAY:
		return add_array(set, value->holder, kv_key);
	case FLAG_LAYOUT_MEMBERS:
		return add_members(set, value->holder, kv_key);
	}
	return true;
}

bool flag_set_add(struct flag_set *set, const char *kv_key, const char *bytes, size_t length)
{
	struct flag_value value = flag_value_read(bytes, length);
	bool added = flag_set_add_value(set, kv_key, &value, bytes, length);

	json_decref(value.root);
	return added;
}

/* Flags of one key stay in the order in which they came. */
static int compare_places(const void *first, const void *second)
{
	const struct flag *one = *(const struct flag *const *)first;
	const struct flag *other = *(const struct flag *const *)second;
	int order = strcmp(one->key, other->key);

	return order ? order : (one > other) - (one < other);
}

/* Puts the flags in the order of places; of one key the first stays. */
static void arrange(struct flag_set *set, struct flag *const *places, struct flag *items)
{
	size_t count = 0;

	for (size_t i = 0; i < set->count; i++) {
		if (count && !strcmp(items[count - 1].key, places[i]->key)) {
			flag_free(places[i]);
			set->repeated++;
		} else {
			items[count++] = *places[i];
		}
	}
	free(set->items);
	set->items = items;
	set->room = set->count;
	set->count = count;
}

bool flag_set_sort(struct flag_set *set)
{
	struct flag **places;
	struct flag *items;

	if (set->count == 0)
		return true;
	places = reallocarray(NULL, set->count, sizeof(struct flag *));
	items = reallocarray(NULL, set->count, sizeof(*items));
	if (!places || !items) {
		free(places);
		free(items);
		return false;
	}
	for (size_t i = 0; i < set->count; i++)
		places[i] = &set->items[i];
	qsort(places, set->count, sizeof(struct flag *), compare_places);
	arrange(set, places, items);
	free(places);
	return true;
}

static int compare_key(const void *key, const void *flag)
{
	return strcmp(key, ((const struct flag *)flag)->key);
}

const struct flag *flag_set_find(const struct flag_set *set, const char *key)
{
	if (set->count == 0)
		return NULL;
	return bsearch(key, set->items, set->count, sizeof(*set->items), compare_key);
}
