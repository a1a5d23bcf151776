/* SPDX-License-Identifier: MIT */
#include "../../backends/dotenv_text.h"
#include "../unit/dotenv_reader.h"
#include "lib/fuzz.h"

/*
 * Editing a .dev.vars: a text, a name and a value, apart by RS. What was set is what dotenv reads
 * then, and everything else reads as before.
 */

/* The reader backtracks, and holds no more. */
enum { AGREEMENT_MAX = 400 };

static struct arena *arena;

static struct value *value_of(const char *text)
{
	struct value *value = value_new(arena, 2 * 1024 * 1024);

	MUST(value && value_append(value, text, strlen(text)));
	return value;
}

static struct reader *read_text(const struct value *text)
{
	return reader_new(value_bytes(text), value_length(text));
}

/* Separators of lines other than \n the reader takes for part of a value without quotes. */
static bool can_agree(const char *text)
{
	return strlen(text) <= AGREEMENT_MAX && fuzz_is_utf8(text, strlen(text)) &&
	       !strstr(text, "\xe2\x80\xa8") && !strstr(text, "\xe2\x80\xa9");
}

static void check_names(const struct value *text)
{
	struct secret_names *names = calloc(1, sizeof(*names));
	struct reader *reader = read_text(text);

	MUST(names && dotenv_list(text, names));
	MUST(names->count == reader->count - (reader_find(reader, "__proto__") != NULL));
	for (size_t i = 0; i < names->count; i++)
		MUST(reader_find(reader, names->items[i].name) &&
		     dotenv_has(text, names->items[i].name));
	secret_names_free(names);
	reader_free(reader);
}

/* value NULL: it was removed. */
static void check_edit(const struct value *old_text, const struct value *new_text, const char *name,
		       const char *value)
{
	struct reader *old = read_text(old_text), *new = read_text(new_text);
	const struct reader_entry *entry = reader_find(new, name);

	MUST(value ? entry && !strcmp(entry->value, value) : !entry);
	for (size_t i = 0; i < old->count; i++) {
		const struct reader_entry *now = reader_find(new, old->entries[i].name);

		if (strcmp(old->entries[i].name, name) != 0)
			MUST(now && !strcmp(now->value, old->entries[i].value));
	}
	MUST(new->count == old->count - (reader_find(old, name) != NULL) + (entry != NULL));
	reader_free(old);
	reader_free(new);
}

static void edit(const struct value *text, const char *name, const char *value, bool agrees)
{
	struct value *out = value_of(""), *new = value ? value_of(value) : NULL;
	struct outcome outcome =
	    value ? dotenv_set(text, name, new, out) : dotenv_unset(text, name, out);

	if (outcome.kind != OUTCOME_OK)
		MUST(value_length(out) == 0 && outcome.message[0]);
	else
		MUST(dotenv_has(out, name) == (value != NULL));
	if (outcome.kind == OUTCOME_OK && agrees)
		check_edit(text, out, name, value);
	value_free(new);
	value_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct fuzz_input input = {bytes, length};
	char *file = fuzz_text(fuzz_part(&input)), *name = fuzz_text(fuzz_part(&input));
	char *value = fuzz_text(input);
	bool agrees = can_agree(file) && can_agree(value), locked;
	struct value *text;

	if (!arena)
		arena = arena_new((size_t)16 * 1024 * 1024, &locked);
	MUST(arena);
	text = value_of(file);
	if (agrees)
		check_names(text);
	edit(text, name, value, agrees);
	edit(text, name, NULL, agrees);
	value_free(text);
	free(value);
	free(name);
	free(file);
	return 0;
}
