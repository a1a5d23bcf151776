/* SPDX-License-Identifier: MIT */
#include "../backends/text.h"
#include "config_reader.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KEY_SHOWN_MAX 60
#define FILE_SHOWN_MAX 240

/* Text that grows in a buffer and is cut at its end. */
struct line {
	char *text;
	size_t size, used;
};

static void line_bytes(struct line *line, const char *bytes, size_t length)
{
	size_t room = line->size - line->used - 1;

	if (length > room)
		length = room;
	memcpy(line->text + line->used, bytes, length);
	line->used += length;
	line->text[line->used] = '\0';
}

static void line_text(struct line *line, const char *text)
{
	line_bytes(line, text, strlen(text));
}

static void line_format(struct line *line, const char *format, va_list arguments) printf_like(2, 0);

static void line_format(struct line *line, const char *format, va_list arguments)
{
	vsnprintf(line->text + line->used, line->size - line->used, format, arguments);
	line->used += strlen(line->text + line->used);
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void line_cut_text(struct line *line, const char *text, size_t limit)
{
	size_t length = strlen(text);

	if (length <= limit) {
		line_bytes(line, text, length);
		return;
	}
	while (limit && is_continuation(text[limit]))
		limit--;
	line_bytes(line, text, limit);
	line_text(line, "...");
}

static bool is_plain_key(const char *key)
{
	return *key && !key[strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					"0123456789_-")];
}

static void line_key(struct line *line, const char *key)
{
	const char *quote = is_plain_key(key) ? "" : "\"";

	line_text(line, quote);
	line_cut_text(line, key, KEY_SHOWN_MAX);
	line_text(line, quote);
}

static void line_place(struct line *line, const struct place *place)
{
	char index[32];

	if (!place)
		return;
	line_place(line, place->parent);
	if (place->key) {
		line_text(line, place->parent ? "." : "");
		line_key(line, place->key);
	} else {
		snprintf(index, sizeof(index), "[%zu]", place->index);
		line_text(line, index);
	}
}

void place_format(char *buffer, size_t size, const struct place *place)
{
	struct line line = {buffer, size, 0};

	buffer[0] = '\0';
	line_place(&line, place);
}

/* Begins the error line with the file's name, of which the end says most. */
static struct line reader_line(struct reader *reader)
{
	struct line line = {reader->error, CONFIG_ERROR_SIZE, 0};
	size_t length = strlen(reader->path), skipped = 0;

	if (length > FILE_SHOWN_MAX) {
		skipped = length - FILE_SHOWN_MAX;
		while (is_continuation(reader->path[skipped]))
			skipped++;
		line_text(&line, "...");
	}
	line_text(&line, reader->path + skipped);
	return line;
}

bool reader_problem(struct reader *reader, const struct place *place, const char *format, ...)
{
	struct line line = reader_line(reader);
	va_list arguments;

	line_text(&line, ": ");
	line_place(&line, place);
	line_text(&line, place ? ": " : "");
	va_start(arguments, format);
	line_format(&line, format, arguments);
	va_end(arguments);
	text_flatten(line.text, line.used, '?');
	return false;
}

bool reader_no_memory(struct reader *reader)
{
	return reader_problem(reader, NULL, "memory is short");
}

static const char *type_name(const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "text";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		break;
	}
	return "null";
}

bool reader_wrong_type(struct reader *reader, const struct place *place, const json_t *json,
		       const char *expected)
{
	return reader_problem(reader, place, "expected %s, not %s", expected, type_name(json));
}

static const char *syntax_mend_of_text(const char *text)
{
	static const struct {
		const char *begin, *mend;
	} mends[] = {
	    {"'}' expected", "expected `,` or `}` before this; is a comma missing?"},
	    {"']' expected", "expected `,` or `]` before this; is a comma missing?"},
	    {"':' expected", "expected `:` after the member's name"},
	    {"string or '}' expected",
	     "expected a member's name in double quotes; is there a comma too many before this?"},
	    {"unexpected token", "expected a value; is there a comma too many before this?"},
	    {"'[' or '{' expected", "expected the opening `{` of the configuration"},
	    {"unexpected newline", "text ends with its line; is a double quote missing?"},
	    {"control character", "text holds a control character; write it as an escape, "
				  "such as \\t"},
	    {"invalid escape", "JSON has no such escape; write a backslash as \\\\"},
	    {"invalid token", "not JSON; text stands in double quotes"},
	};

	for (size_t i = 0; i < sizeof(mends) / sizeof(mends[0]); i++) {
		if (strncmp(text, mends[i].begin, strlen(mends[i].begin)) == 0)
			return mends[i].mend;
	}
	if (!*text)
		return "memory is short";
	return "this is not JSON; a JSON checker such as `jq . FILE` may say more";
}

/* jansson's own text is not shown: it quotes what it met, which may be a token. */
static const char *syntax_mend(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		if (strncmp(error->text, "'['", 3) == 0)
			return "the file is empty; it must hold {\"accounts\": {...}}";
		return "the file ends too early; is a `}`, a `]` or a double quote missing?";
	case json_error_end_of_input_expected:
		return "something follows the end of the configuration; remove it";
	case json_error_duplicate_key:
		return "this member stands twice in its object; remove one of them";
	case json_error_invalid_utf8:
		return "this is not UTF-8; save the file as UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "text cannot hold \\u0000; remove it";
	case json_error_numeric_overflow:
		return "the number is too large";
	case json_error_stack_overflow:
		return "nested too deep";
	case json_error_out_of_memory:
		return "memory is short";
	default:
		return syntax_mend_of_text(error->text);
	}
}

/* The byte at which jansson gave up, or 0. */
static char last_byte(const json_error_t *error, const char *text, size_t length)
{
	return error->position > 0 && (size_t)error->position <= length ? text[error->position - 1]
									: '\0';
}

void reader_syntax_problem(struct reader *reader, const json_error_t *error, const char *text,
			   size_t length)
{
	char last = last_byte(error, text, length);
	bool comment =
	    (last == '/' || last == '#') && json_error_code(error) == json_error_invalid_syntax;
	struct line line = reader_line(reader);
	char position[64];

	snprintf(position, sizeof(position), ":%d:%d: ", error->line,
		 error->column > 0 ? error->column : 1);
	line_text(&line, position);
	line_text(&line, comment ? "JSON has no comments; remove this one" : syntax_mend(error));
	text_flatten(line.text, line.used, '?');
}

#define WORD_LENGTH_MAX 40

static unsigned smallest(unsigned one, unsigned two, unsigned three)
{
	unsigned least = one < two ? one : two;

	return least < three ? least : three;
}

static unsigned edit_distance(const char *word, const char *candidate)
{
	unsigned row[WORD_LENGTH_MAX + 1];
	size_t columns = strlen(candidate);

	for (size_t j = 0; j <= columns; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; word[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= columns; j++) {
			unsigned above = row[j];
			bool same = word[i - 1] == candidate[j - 1];

			row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[columns];
}

static size_t common_start(const char *word, const char *candidate)
{
	size_t length = 0;

	while (word[length] && word[length] == candidate[length])
		length++;
	return length;
}

unsigned word_distance(const char *word, const char *candidate)
{
	size_t length = strlen(word), shared = common_start(word, candidate);
	unsigned distance;

	if (length > WORD_LENGTH_MAX || strlen(candidate) > WORD_LENGTH_MAX)
		return UINT_MAX;
	distance = edit_distance(word, candidate);
	if (distance <= 2 && (size_t)distance * 2 <= length + 1)
		return distance;
	return shared >= 4 || (shared >= 3 && !candidate[shared]) ? distance : UINT_MAX;
}
