/* SPDX-License-Identifier: MIT */
#include "canonical_json.h"
#include "flag_layout.h"
#include "flag_text.h"
#include "json_io.h"
#include <stdlib.h>
#include <string.h>

struct edit {
	const char *kv_key, *key, *state, *now;
	json_t *definition; /* NULL with a state */
	struct flag_value value;
};

static struct outcome no_memory(const struct edit *edit)
{
	return outcome_make(OUTCOME_NO_MEMORY, "no memory for the flag `%s'", edit->key);
}

/* ---- finding ---- */

static size_t position_in(const json_t *array, const char *key)
{
	size_t i = 0;

	while (i < json_array_size(array) &&
	       strcmp(flag_own_key(json_array_get(array, i)), key) != 0)
		i++;
	return i;
}

static bool is_the_one(const struct edit *edit)
{
	const char *own = flag_own_key(edit->value.root);

	return !strcmp(own ? own : edit->kv_key, edit->key);
}

/* The definition that is there, borrowed; NULL if there is none. */
static json_t *find(const struct edit *edit)
{
	json_t *holder = edit->value.holder;

	switch (edit->value.layout) {
	case FLAG_LAYOUT_ONE:
		return is_the_one(edit) ? edit->value.root : NULL;
	case FLAG_LAYOUT_ARRAY:
		return json_array_get(holder, position_in(holder, edit->key));
	case FLAG_LAYOUT_MEMBERS:
		return json_object_get(holder, edit->key);
	case FLAG_LAYOUT_NONE:
	case FLAG_LAYOUT_RAW:
		break;
	}
	return NULL;
}

/* ---- the flag as it becomes ---- */

static bool set_text(json_t *object, const char *name, const char *text)
{
	return json_object_set_new_nocheck(object, name, json_string_nocheck(text)) == 0;
}

/* A flag that lay there without a key of its own, under its name, goes on doing so. */
static bool set_key(const struct edit *edit, json_t *changed, const json_t *old)
{
	json_t *own = json_object_get(old, "key");

	if (old && !own && edit->value.layout != FLAG_LAYOUT_ARRAY) {
		json_object_del(changed, "key");
		return true;
	}
	if (own)
		return json_object_set(changed, "key", own) == 0;
	return set_text(changed, "key", edit->key);
}

/* A new reference; NULL where memory is short. */
static json_t *make_changed(const struct edit *edit, json_t *old)
{
	json_t *changed = json_copy_whole(edit->definition ? edit->definition : old);
	int64_t version = flag_version(old);

	if (!changed)
		return NULL;
	if (version < INT64_MAX)
		version++;
	if ((edit->definition ? set_key(edit, changed, old)
			      : set_text(changed, "state", edit->state)) &&
	    json_object_set_new(changed, "version", json_integer(version)) == 0 &&
	    set_text(changed, "updatedAt", edit->now))
		return changed;
	json_decref(changed);
	return NULL;
}

/* ---- putting it back ---- */

static bool put_first(struct edit *edit, json_t *changed)
{
	json_t *flags = json_object();

	edit->value.root = json_object();
	if (json_object_set_nocheck(flags, edit->key, changed) != 0) {
		json_decref(flags);
		return false;
	}
	return json_object_set_new(edit->value.root, "flags", flags) == 0;
}

static bool put_only(struct edit *edit, json_t *changed)
{
	json_decref(edit->value.root);
	edit->value.root = json_incref(changed);
	return true;
}

static bool put_in_array(struct edit *edit, json_t *changed)
{
	json_t *array = edit->value.holder;
	size_t position = position_in(array, edit->key);

	if (position < json_array_size(array))
		return json_array_set(array, position, changed) == 0;
	return json_array_append(array, changed) == 0;
}

static bool put(struct edit *edit, json_t *changed)
{
	switch (edit->value.layout) {
	case FLAG_LAYOUT_NONE:
		return put_first(edit, changed);
	case FLAG_LAYOUT_ONE:
		return put_only(edit, changed);
	case FLAG_LAYOUT_ARRAY:
		return put_in_array(edit, changed);
	case FLAG_LAYOUT_MEMBERS:
		return json_object_set_nocheck(edit->value.holder, edit->key, changed) == 0;
	case FLAG_LAYOUT_RAW:
		break;
	}
	return false;
}

/* ---- what stands in the way ---- */

static struct outcome check(const struct edit *edit, const json_t *old)
{
	if (edit->value.layout == FLAG_LAYOUT_RAW)
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_VALUE,
				 "the layout of the KV key `%s' is not known: nothing was changed",
				 edit->kv_key),
		    "set flags_key to the KV key that holds the flags, or leave authoring to the "
		    "control plane");
	if (!old && !edit->definition)
		return outcome_make(OUTCOME_NOT_FOUND, "there is no flag `%s' in the KV key `%s'",
				    edit->key, edit->kv_key);
	if (!old && edit->value.layout == FLAG_LAYOUT_ONE)
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_VALUE,
				 "the KV key `%s' holds one flag, which is not `%s'", edit->kv_key,
				 edit->key),
		    "set flags_key to the KV key that holds the flags");
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome apply(struct edit *edit, char **value, json_t **changed)
{
	json_t *old = find(edit), *now;
	struct outcome outcome = edit->value.no_memory ? no_memory(edit) : check(edit, old);
	size_t length;

	if (outcome.kind != OUTCOME_OK)
		return outcome;
	now = make_changed(edit, old);
	if (now && put(edit, now))
		*value = canonical_json_compact(edit->value.root, &length);
	if (!*value) {
		json_decref(now);
		return no_memory(edit);
	}
	*changed = now;
	return outcome;
}

struct outcome flag_edit(const char *bytes, size_t length, const char *kv_key, const char *key,
			 const char *state, json_t *definition, const char *now, char **value,
			 json_t **changed)
{
	struct edit edit = {.kv_key = kv_key,
			    .key = key,
			    .state = state,
			    .now = now,
			    .definition = definition,
			    .value = flag_value_read(bytes, length)};
	struct outcome outcome;

	*value = NULL;
	*changed = NULL;
	outcome = apply(&edit, value, changed);
	json_decref(edit.value.root);
	return outcome;
}
