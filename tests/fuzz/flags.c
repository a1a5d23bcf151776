/* SPDX-License-Identifier: MIT */
#include "../../backends/flag_text.h"
#include "lib/fuzz.h"

/*
 * Flags: the value of a KV key, a flag's key, and what somebody writes to it, apart by RS. What is
 * shown can be written back and shows the same; an edit changes the one flag alone.
 */

#define KV_KEY "snapshot"
#define NOW "2026-06-11T14:02:11.000Z"

static struct flag_set *read_set(const char *bytes, size_t length)
{
	struct flag_set *set = calloc(1, sizeof(*set));

	MUST(set && flag_set_add(set, KV_KEY, bytes, length) && flag_set_sort(set));
	for (size_t i = 1; i < set->count; i++)
		MUST(strcmp(set->items[i - 1].key, set->items[i].key) < 0);
	return set;
}

/* A state that is no word cannot be written. */
static bool has_bad_state(json_t *definition)
{
	json_t *state = json_object_get(definition, "state");

	return state && json_string_length(state) == 0;
}

static void check_round_trip(const struct flag *flag)
{
	struct flag_body body;
	struct outcome outcome = flag_parse(flag->key, flag->text, flag->length, &body);
	char *again;
	size_t length;

	MUST(flag_is_whole(flag->text, flag->length));
	if (has_bad_state(flag->definition)) {
		MUST(outcome.kind == OUTCOME_BAD_VALUE && !body.definition);
		return;
	}
	MUST(outcome.kind == OUTCOME_OK && body.definition && !body.state[0]);
	again = flag_show(flag->key, body.definition, &length);
	MUST(again && length == flag->length && !memcmp(again, flag->text, length));
	free(again);
	json_decref(body.definition);
}

static void check_others(const struct flag_set *old, const struct flag_set *new, const char *key)
{
	MUST(new->repeated == old->repeated);
	MUST(new->count == old->count + (flag_set_find(old, key) == NULL));
	for (size_t i = 0; i < old->count; i++) {
		const struct flag *was = &old->items[i], *is = flag_set_find(new, was->key);

		MUST(is);
		if (strcmp(was->key, key) != 0)
			MUST(is->version == was->version && is->length == was->length &&
			     !memcmp(is->text, was->text, was->length));
	}
}

/* The largest version stays what it is. */
static void check_version(const struct flag *was, const struct flag *is)
{
	int64_t before = was ? was->version : 0;

	MUST(is->version == (before < INT64_MAX ? before + 1 : before));
	MUST(is->updated == 1781186531);
}

static void check_edit(const struct flag_set *old, const char *bytes, size_t length,
		       const char *key, const struct flag_body *body)
{
	char *value = NULL;
	json_t *changed = NULL;
	struct outcome outcome =
	    flag_edit(bytes, length, KV_KEY, key, body->definition ? NULL : body->state,
		      body->definition, NOW, &value, &changed);
	struct flag_set *new;

	MUST((outcome.kind == OUTCOME_OK) == (value != NULL && changed != NULL));
	if (value) {
		new = read_set(value, strlen(value));
		MUST(flag_set_find(new, key) && flag_set_find(new, key)->definition);
		check_others(old, new, key);
		check_version(flag_set_find(old, key), flag_set_find(new, key));
		flag_set_free(new);
	} else {
		MUST(outcome.message[0] && fuzz_is_line(outcome.message));
	}
	json_decref(changed);
	free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct fuzz_input input = {bytes, length}, value = fuzz_part(&input);
	char *key = fuzz_text(fuzz_part(&input)), *written = fuzz_bytes(input);
	char *snapshot = fuzz_bytes(value);
	struct flag_set *set = read_set(snapshot, value.length);
	struct flag_body body;
	struct outcome outcome;

	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].definition)
			check_round_trip(&set->items[i]);
	outcome = flag_parse(key, written, input.length, &body);
	if (outcome.kind == OUTCOME_OK && flag_key_is_valid(key))
		check_edit(set, snapshot, value.length, key, &body);
	else if (outcome.kind != OUTCOME_OK)
		MUST(outcome.message[0] && !body.definition);
	(void)flag_is_whole(written, input.length);
	json_decref(body.definition);
	flag_set_free(set);
	free(snapshot);
	free(written);
	free(key);
	return 0;
}
