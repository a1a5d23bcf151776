/* SPDX-License-Identifier: MIT */
#include "flag_text.h"
#include "canonical_json.h"
#include "json_io.h"
#include <ctype.h>
#include <string.h>

#define KEY_LENGTH_MAX 200

#define BODY_ADVICE \
	"write one of the words enabled, disabled, archived, or the flag as one JSON object"

/* ---- keys ---- */

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool flag_key_is_valid(const char *key)
{
	size_t length = strlen(key);

	if (!is_letter(key[0]) || length > KEY_LENGTH_MAX)
		return false;
	for (size_t i = 1; i < length; i++)
		if (!is_letter(key[i]) && !(key[i] >= '0' && key[i] <= '9') &&
		    !strchr("._-", key[i]))
			return false;
	return true;
}

/* ---- showing ---- */

char *flag_show(const char *key, json_t *definition, size_t *length)
{
	json_t *shown = json_copy_whole(definition);
	char *text = NULL;

	if (!shown)
		return NULL;
	json_object_del(shown, "version");
	json_object_del(shown, "updatedAt");
	if (json_object_set_new_nocheck(shown, "key", json_string_nocheck(key)) == 0)
		text = canonical_json_pretty(shown, length);
	json_decref(shown);
	return text;
}

/* ---- places in a text ---- */

/* The byte after a string that begins at `at`, or the end. */
static const char *after_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at + 1 : end;
}

static const char *after_space(const char *at, const char *end)
{
	while (at < end && isspace((unsigned char)*at))
		at++;
	return at;
}

/* The byte after the first object of a text that begins with one; NULL if it is not closed. */
static const char *after_object(const char *at, const char *end)
{
	size_t depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = after_string(at, end);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		if ((*at == '}' || *at == ']') && --depth == 0)
			return at + 1;
		at++;
	}
	return NULL;
}

/* The value of the last member of that name, in its quotes, of the outer object of a text that
 * parses; the text's beginning if the name is written in another way. */
static const char *place_of_member(const char *text, const char *end, const char *name)
{
	const char *at = text, *place = text;
	size_t depth = 0;

	while (at < end) {
		const char *after = at + 1;

		if (*at == '{' || *at == '[')
			depth++;
		if (*at == '}' || *at == ']')
			depth--;
		if (*at == '"') {
			const char *next;

			after = after_string(at, end);
			next = after_space(after, end);
			if (depth == 1 && next < end && *next == ':' &&
			    (size_t)(after - at) == strlen(name) && !memcmp(at, name, strlen(name)))
				place = after_space(next + 1, end);
		}
		at = after;
	}
	return place;
}

struct place {
	size_t line, column; /* from 1; columns count characters */
};

static struct place place_of(const char *text, const char *at)
{
	struct place place = {1, 1};

	for (; text < at; text++) {
		if (*text == '\n')
			place = (struct place){place.line + 1, 1};
		else if (((unsigned char)*text & 0xc0) != 0x80)
			place.column++;
	}
	return place;
}

/* ---- parsing ---- */

/* For messages: what was written may hold anything. Ends with three dots where it is cut. */
static const char *printable(const char *bytes, size_t length, char *buffer, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < length && used + 4 < size; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		buffer[used++] = byte >= 0x20 && byte < 0x7f ? (char)byte : '?';
	}
	buffer[used] = '\0';
	if (used < length)
		strcpy(buffer + used, "...");
	return buffer;
}

static struct outcome refuse_word(const char *key, const char *text, const char *word,
				  size_t length)
{
	struct place place = place_of(text, word);
	char shown[64];

	if (length == 0)
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_VALUE,
				 "flag `%s', line 1, column 1: nothing was written", key),
		    "%s", BODY_ADVICE);
	return outcome_advise(outcome_make(OUTCOME_BAD_VALUE,
					   "flag `%s', line %zu, column %zu: `%s' is no state", key,
					   place.line, place.column,
					   printable(word, length, shown, sizeof(shown))),
			      "%s", BODY_ADVICE);
}

const char *flag_state_word(const char *bytes, size_t length)
{
	static const char *const states[] = {"enabled", "disabled", "archived"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strlen(states[i]) == length && memcmp(states[i], bytes, length) == 0)
			return states[i];
	return NULL;
}

static struct outcome parse_word(const char *key, const char *text, const char *word, size_t length,
				 struct flag_body *body)
{
	const char *state = flag_state_word(word, length);

	if (!state)
		return refuse_word(key, text, word, length);
	memcpy(body->state, state, length + 1);
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome refuse_json(const char *key, const json_error_t *error)
{
	char shown[JSON_ERROR_TEXT_LENGTH + 4];

	return outcome_advise(
	    outcome_make(OUTCOME_BAD_VALUE, "flag `%s', line %d, column %d: %s", key, error->line,
			 error->column,
			 printable(error->text, strlen(error->text), shown, sizeof(shown))),
	    "correct the JSON there, or %s", BODY_ADVICE);
}

static struct outcome refuse_key(const char *key, const char *text, size_t length, json_t *other)
{
	struct place place = place_of(text, place_of_member(text, text + length, "\"key\""));
	char shown[64];

	if (!json_is_string(other))
		return outcome_advise(outcome_make(OUTCOME_BAD_VALUE,
						   "flag `%s', line %zu, column %zu: the member "
						   "`key' is no text",
						   key, place.line, place.column),
				      "write \"key\": \"%s\", or leave the member out", key);
	return outcome_advise(
	    outcome_make(OUTCOME_BAD_VALUE,
			 "flag `%s', line %zu, column %zu: the member `key' is `%s'", key,
			 place.line, place.column,
			 printable(json_string_value(other), json_string_length(other), shown,
				   sizeof(shown))),
	    "write it to the file of that name, or make the member \"key\": \"%s\"", key);
}

static struct outcome refuse_state(const char *key, const char *text, size_t length)
{
	struct place place = place_of(text, place_of_member(text, text + length, "\"state\""));

	return outcome_advise(
	    outcome_make(OUTCOME_BAD_VALUE,
			 "flag `%s', line %zu, column %zu: the member `state' is no word", key,
			 place.line, place.column),
	    "write \"state\": \"enabled\", \"disabled\" or \"archived\"");
}

static struct outcome check_members(const char *key, const char *text, size_t length,
				    json_t *definition)
{
	json_t *own = json_object_get(definition, "key");
	json_t *state = json_object_get(definition, "state");

	if (own && (!json_is_string(own) || strlen(key) != json_string_length(own) ||
		    memcmp(json_string_value(own), key, strlen(key)) != 0))
		return refuse_key(key, text, length, own);
	if (state && json_string_length(state) == 0)
		return refuse_state(key, text, length);
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome parse_object(const char *key, const char *bytes, size_t length,
				   struct flag_body *body)
{
	struct outcome outcome;
	json_error_t error;
	json_t *definition =
	    json_read(bytes, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

	if (!definition && json_error_code(&error) == json_error_out_of_memory)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for the flag `%s'", key);
	if (!definition)
		return refuse_json(key, &error);
	outcome = check_members(key, bytes, length, definition);
	if (outcome.kind != OUTCOME_OK) {
		json_decref(definition);
		return outcome;
	}
	json_object_del(definition, "version");
	json_object_del(definition, "updatedAt");
	body->definition = definition;
	return outcome;
}

struct outcome flag_parse(const char *key, const char *bytes, size_t length, struct flag_body *body)
{
	const char *end = bytes + length;
	const char *first = after_space(bytes, end);

	*body = (struct flag_body){.definition = NULL};
	if (first < end && *first == '{')
		return parse_object(key, bytes, length, body);
	while (end > first && isspace((unsigned char)end[-1]))
		end--;
	return parse_word(key, bytes, first, (size_t)(end - first), body);
}

/* ---- is it whole? ---- */

/* True if the text, cut after a newline, is not the beginning of any JSON. */
static bool is_hopeless(const char *bytes, size_t length)
{
	json_error_t error;
	json_t *json = json_read(bytes, length, JSON_ALLOW_NUL, &error);

	if (json) {
		json_decref(json);
		return false;
	}
	return json_error_code(&error) != json_error_premature_end_of_input &&
	       json_error_code(&error) != json_error_out_of_memory;
}

bool flag_is_whole(const char *bytes, size_t length)
{
	const char *end = bytes + length;
	const char *first = after_space(bytes, end);

	if (length == 0)
		return false;
	if (first == end || *first != '{')
		return memchr(first, '\n', (size_t)(end - first)) != NULL ||
		       (first == end && end[-1] == '\n');
	if (after_object(first, end))
		return true;
	return end[-1] == '\n' && is_hopeless(bytes, length);
}
