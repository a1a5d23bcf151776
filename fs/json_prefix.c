/* SPDX-License-Identifier: MIT */
#include "json_prefix.h"
#include <stdbool.h>
#include <string.h>

/*
 * Each step reads one token. It returns JSON_WHOLE if the token is there in full, JSON_PREFIX if
 * the text ends inside it, JSON_NEVER if no such token can be here.
 */
struct reader {
	const char *next;
	const char *end;
	size_t depth;
	char closers[JSON_DEPTH_CEILING];
};

static bool at_end(const struct reader *reader)
{
	return reader->next == reader->end;
}

static void skip_space(struct reader *reader)
{
	while (!at_end(reader) && memchr(" \t\r\n", *reader->next, 4))
		reader->next++;
}

static bool take(struct reader *reader, char wanted)
{
	if (at_end(reader) || *reader->next != wanted)
		return false;
	reader->next++;
	return true;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_hex_digit(char byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static enum json_prefix read_escape(struct reader *reader)
{
	if (at_end(reader))
		return JSON_PREFIX;
	char kind = *reader->next++;
	if (kind != 'u')
		return memchr("\"\\/bfnrt", kind, 8) ? JSON_WHOLE : JSON_NEVER;
	for (int digit = 0; digit < 4; digit++) {
		if (at_end(reader))
			return JSON_PREFIX;
		if (!is_hex_digit(*reader->next++))
			return JSON_NEVER;
	}
	return JSON_WHOLE;
}

static enum json_prefix read_string(struct reader *reader)
{
	if (at_end(reader))
		return JSON_PREFIX;
	if (!take(reader, '"'))
		return JSON_NEVER;
	while (!at_end(reader)) {
		unsigned char byte = (unsigned char)*reader->next++;
		if (byte == '"')
			return JSON_WHOLE;
		if (byte < 0x20)
			return JSON_NEVER;
		if (byte != '\\')
			continue;
		enum json_prefix escape = read_escape(reader);
		if (escape != JSON_WHOLE)
			return escape;
	}
	return JSON_PREFIX;
}

static enum json_prefix read_digits(struct reader *reader)
{
	if (at_end(reader))
		return JSON_PREFIX;
	if (!is_digit(*reader->next))
		return JSON_NEVER;
	while (!at_end(reader) && is_digit(*reader->next))
		reader->next++;
	return JSON_WHOLE;
}

static enum json_prefix read_exponent(struct reader *reader)
{
	if (!take(reader, 'e') && !take(reader, 'E'))
		return JSON_WHOLE;
	if (!take(reader, '+'))
		take(reader, '-');
	return read_digits(reader);
}

static enum json_prefix read_number(struct reader *reader)
{
	enum json_prefix part = JSON_WHOLE;

	take(reader, '-');
	if (!take(reader, '0'))
		part = read_digits(reader);
	if (part == JSON_WHOLE && take(reader, '.'))
		part = read_digits(reader);
	return part == JSON_WHOLE ? read_exponent(reader) : part;
}

static enum json_prefix read_word(struct reader *reader, const char *word)
{
	for (; *word; word++) {
		if (at_end(reader))
			return JSON_PREFIX;
		if (!take(reader, *word))
			return JSON_NEVER;
	}
	return JSON_WHOLE;
}

static enum json_prefix read_scalar(struct reader *reader)
{
	switch (*reader->next) {
	case '"':
		return read_string(reader);
	case 't':
		return read_word(reader, "true");
	case 'f':
		return read_word(reader, "false");
	case 'n':
		return read_word(reader, "null");
	default:
		return read_number(reader);
	}
}

/* Reads what stands before the value of an object's member: its name and the colon. */
static enum json_prefix read_member_name(struct reader *reader)
{
	skip_space(reader);
	enum json_prefix name = read_string(reader);
	if (name != JSON_WHOLE)
		return name;
	skip_space(reader);
	if (at_end(reader))
		return JSON_PREFIX;
	return take(reader, ':') ? JSON_WHOLE : JSON_NEVER;
}

/* The same for an element of either kind of container; an array's has nothing before its value. */
static enum json_prefix read_up_to_value(struct reader *reader)
{
	return reader->closers[reader->depth - 1] == '}' ? read_member_name(reader) : JSON_WHOLE;
}

static bool open_container(struct reader *reader)
{
	reader->closers[reader->depth++] = *reader->next++ == '{' ? '}' : ']';
	skip_space(reader);
	return take(reader, reader->closers[reader->depth - 1]);
}

/*
 * Stands after a value and goes to where the next one begins, through as many closing brackets as
 * there are. JSON_WHOLE with depth 0 means that the outermost container has ended.
 */
static enum json_prefix read_to_next_value(struct reader *reader)
{
	while (reader->depth > 0) {
		skip_space(reader);
		if (at_end(reader))
			return JSON_PREFIX;
		if (take(reader, ','))
			return read_up_to_value(reader);
		if (!take(reader, reader->closers[reader->depth - 1]))
			return JSON_NEVER;
		reader->depth--;
	}
	return JSON_WHOLE;
}

static enum json_prefix read_value(struct reader *reader)
{
	skip_space(reader);
	if (at_end(reader))
		return JSON_PREFIX;
	if (*reader->next != '{' && *reader->next != '[') {
		enum json_prefix scalar = read_scalar(reader);
		return scalar == JSON_WHOLE ? read_to_next_value(reader) : scalar;
	}
	if (reader->depth == JSON_DEPTH_CEILING)
		return JSON_NEVER;
	if (!open_container(reader))
		return read_up_to_value(reader);
	reader->depth--;
	return read_to_next_value(reader);
}

enum json_prefix json_prefix(const char *text, size_t length)
{
	struct reader reader = {.next = text, .end = text + length};

	skip_space(&reader);
	if (at_end(&reader))
		return JSON_PREFIX;
	if (*reader.next != '{' && *reader.next != '[')
		return JSON_NEVER;
	do {
		enum json_prefix value = read_value(&reader);
		if (value != JSON_WHOLE)
			return value;
	} while (reader.depth > 0);
	skip_space(&reader);
	return at_end(&reader) ? JSON_WHOLE : JSON_NEVER;
}
