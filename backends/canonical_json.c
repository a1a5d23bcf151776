/* SPDX-License-Identifier: MIT */
#include "canonical_json.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
	char *bytes;
	size_t length, room;
	bool pretty, failed;
};

static void append(struct writer *writer, const char *bytes, size_t length)
{
	size_t needed = writer->length + length + 1;
	size_t room = writer->room ? writer->room : 256;
	char *grown;

	if (writer->failed)
		return;
	while (room < needed)
		room *= 2;
	if (room != writer->room) {
		grown = needed > CANONICAL_JSON_CEILING ? NULL : realloc(writer->bytes, room);
		if (!grown) {
			writer->failed = true;
			return;
		}
		writer->bytes = grown;
		writer->room = room;
	}
	memcpy(writer->bytes + writer->length, bytes, length);
	writer->length += length;
	writer->bytes[writer->length] = '\0';
}

static void append_text(struct writer *writer, const char *text)
{
	append(writer, text, strlen(text));
}

/* ---- scalars ---- */

static const char *escape_of(char byte, char *buffer, size_t size)
{
	switch (byte) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	}
	snprintf(buffer, size, "\\u%04x", (unsigned char)byte);
	return buffer;
}

static void write_string(struct writer *writer, const char *text, size_t length)
{
	size_t plain = 0;
	char buffer[8];

	append_text(writer, "\"");
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\' &&
		    text[i] != 0x7f)
			continue;
		append(writer, text + plain, i - plain);
		append_text(writer, escape_of(text[i], buffer, sizeof(buffer)));
		plain = i + 1;
	}
	append(writer, text + plain, length - plain);
	append_text(writer, "\"");
}

/* The fewest digits, of 15 to 17, that give the same number again. */
static void write_real(struct writer *writer, double number)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	append_text(writer, text);
	if (!strpbrk(text, ".e"))
		append_text(writer, ".0");
}

static void write_integer(struct writer *writer, json_int_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, number);
	append_text(writer, text);
}

/* ---- containers ---- */

static void write_json(struct writer *writer, const json_t *json, size_t level);

static void new_line(struct writer *writer, size_t level)
{
	append_text(writer, "\n");
	for (size_t i = 0; i < level; i++)
		append_text(writer, "  ");
}

static void begin_item(struct writer *writer, size_t position, size_t level)
{
	if (position)
		append_text(writer, ",");
	if (writer->pretty && level < CANONICAL_JSON_LEVELS)
		new_line(writer, level + 1);
	else if (writer->pretty && position)
		append_text(writer, " ");
}

static void end_items(struct writer *writer, size_t level)
{
	if (writer->pretty && level < CANONICAL_JSON_LEVELS)
		new_line(writer, level);
}

static void write_array(struct writer *writer, const json_t *array, size_t level)
{
	size_t count = json_array_size(array);

	append_text(writer, "[");
	for (size_t i = 0; i < count; i++) {
		begin_item(writer, i, level);
		write_json(writer, json_array_get(array, i), level + 1);
	}
	if (count)
		end_items(writer, level);
	append_text(writer, "]");
}

static int compare_names(const void *first, const void *second)
{
	return strcmp(*(const char *const *)first, *(const char *const *)second);
}

/* The names of an object's members, borrowed, in the order in which they are written. */
static const char **names_of(const json_t *object, bool sorted)
{
	size_t count = json_object_size(object), i = 0;
	const char **names = calloc(count + 1, sizeof(*names));
	void *at = json_object_iter((json_t *)object);

	if (!names)
		return NULL;
	for (; at; at = json_object_iter_next((json_t *)object, at))
		names[i++] = json_object_iter_key(at);
	if (sorted)
		qsort(names, count, sizeof(*names), compare_names);
	return names;
}

static void write_object(struct writer *writer, const json_t *object, size_t level)
{
	const char **names = names_of(object, writer->pretty);

	if (!names) {
		writer->failed = true;
		return;
	}
	append_text(writer, "{");
	for (size_t i = 0; names[i]; i++) {
		begin_item(writer, i, level);
		write_string(writer, names[i], strlen(names[i]));
		append_text(writer, writer->pretty ? ": " : ":");
		write_json(writer, json_object_get(object, names[i]), level + 1);
	}
	if (names[0])
		end_items(writer, level);
	append_text(writer, "}");
	free(names);
}

static void write_json(struct writer *writer, const json_t *json, size_t level)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		write_object(writer, json, level);
		break;
	case JSON_ARRAY:
		write_array(writer, json, level);
		break;
	case JSON_STRING:
		write_string(writer, json_string_value(json), json_string_length(json));
		break;
	case JSON_INTEGER:
		write_integer(writer, json_integer_value(json));
		break;
	case JSON_REAL:
		write_real(writer, json_real_value(json));
		break;
	case JSON_TRUE:
		append_text(writer, "true");
		break;
	case JSON_FALSE:
		append_text(writer, "false");
		break;
	case JSON_NULL:
		append_text(writer, "null");
		break;
	}
}

static char *text_of(const json_t *json, bool pretty, size_t *length)
{
	struct writer writer = {.pretty = pretty};

	write_json(&writer, json, 0);
	if (pretty)
		append_text(&writer, "\n");
	if (writer.failed) {
		free(writer.bytes);
		return NULL;
	}
	*length = writer.length;
	return writer.bytes;
}

char *canonical_json_pretty(const json_t *json, size_t *length)
{
	return text_of(json, true, length);
}

char *canonical_json_compact(const json_t *json, size_t *length)
{
	return text_of(json, false, length);
}
