/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_DOTENV_READER_H
#define HSXFS_DOTENV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * What the npm package dotenv 16 reads in a text, got by another way than hsxfs's scanner: its
 * regular expression itself, written down as nodes and run by a backtracking matcher.
 */

enum { READER_TEXT_MAX = 4096, READER_ENTRIES_MAX = 256, READER_NODES_MAX = 64 };

typedef bool reader_class(uint32_t letter, uint32_t argument);

enum reader_kind {
	READER_REPEAT,
	READER_EITHER,
	READER_MARK,
	READER_START,
	READER_END,
	READER_DONE
};

struct reader_node {
	enum reader_kind kind;
	reader_class *in_class;
	uint32_t argument;  /* of the class; or which mark */
	size_t least, most; /* of REPEAT */
	bool lazy;
	struct reader_node *next, *other;
};

struct reader_entry {
	char *name, *value;	       /* UTF-8 */
	size_t value_start, value_end; /* in code points, untrimmed */
};

struct reader {
	uint32_t text[READER_TEXT_MAX];
	size_t length;
	size_t marks[4], end; /* of the name and the value */
	struct reader_node nodes[READER_NODES_MAX];
	size_t node_count;
	struct reader_entry entries[READER_ENTRIES_MAX];
	size_t count;
};

static bool reader_is_end_letter(uint32_t letter)
{
	return letter == '\n' || letter == '\r' || letter == 0x2028 || letter == 0x2029;
}

static bool reader_is_space(uint32_t letter, uint32_t argument)
{
	(void)argument;
	return (letter >= 9 && letter <= 13) || letter == ' ' || letter == 0xa0 ||
	       letter == 0x1680 || (letter >= 0x2000 && letter <= 0x200a) || letter == 0x2028 ||
	       letter == 0x2029 || letter == 0x202f || letter == 0x205f || letter == 0x3000 ||
	       letter == 0xfeff;
}

static bool reader_is_word(uint32_t letter, uint32_t argument)
{
	(void)argument;
	return letter < 128 && letter &&
	       strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-",
		      (int)letter);
}

static bool reader_is_value(uint32_t letter, uint32_t argument)
{
	(void)argument;
	return letter != '#' && letter != '\r' && letter != '\n';
}

static bool reader_is_dot(uint32_t letter, uint32_t argument)
{
	(void)argument;
	return !reader_is_end_letter(letter);
}

static bool reader_is_letter(uint32_t letter, uint32_t argument)
{
	return letter == argument;
}

static bool reader_is_other(uint32_t letter, uint32_t argument)
{
	return letter != argument;
}

static bool reader_match(struct reader *reader, const struct reader_node *node, size_t at);

static bool reader_match_repeat(struct reader *reader, const struct reader_node *node, size_t at)
{
	size_t count = 0;

	while (count < node->most && at + count < reader->length &&
	       node->in_class(reader->text[at + count], node->argument))
		count++;
	if (node->lazy) {
		for (size_t i = node->least; i <= count; i++)
			if (reader_match(reader, node->next, at + i))
				return true;
		return false;
	}
	for (size_t i = count + 1; i-- > node->least;)
		if (reader_match(reader, node->next, at + i))
			return true;
	return false;
}

static bool reader_match(struct reader *reader, const struct reader_node *node, size_t at)
{
	size_t saved;

	switch (node->kind) {
	case READER_REPEAT:
		return reader_match_repeat(reader, node, at);
	case READER_EITHER:
		return reader_match(reader, node->next, at) ||
		       reader_match(reader, node->other, at);
	case READER_MARK:
		saved = reader->marks[node->argument];
		reader->marks[node->argument] = at;
		if (reader_match(reader, node->next, at))
			return true;
		reader->marks[node->argument] = saved;
		return false;
	case READER_START:
		return (at == 0 || reader_is_end_letter(reader->text[at - 1])) &&
		       reader_match(reader, node->next, at);
	case READER_END:
		return (at == reader->length || reader_is_end_letter(reader->text[at])) &&
		       reader_match(reader, node->next, at);
	case READER_DONE:
		break;
	}
	reader->end = at;
	return true;
}

static struct reader_node *reader_add(struct reader *reader, struct reader_node node)
{
	if (reader->node_count == READER_NODES_MAX)
		abort();
	reader->nodes[reader->node_count] = node;
	return &reader->nodes[reader->node_count++];
}

static struct reader_node *reader_some(struct reader *reader, reader_class *in_class,
				       uint32_t argument, size_t least, size_t most,
				       struct reader_node *next)
{
	return reader_add(reader, (struct reader_node){.kind = READER_REPEAT,
						       .in_class = in_class,
						       .argument = argument,
						       .least = least,
						       .most = most,
						       .next = next});
}

static struct reader_node *reader_either(struct reader *reader, struct reader_node *first,
					 struct reader_node *second)
{
	return reader_add(
	    reader, (struct reader_node){.kind = READER_EITHER, .next = first, .other = second});
}

static struct reader_node *reader_one(struct reader *reader, uint32_t letter,
				      struct reader_node *next)
{
	return reader_some(reader, reader_is_letter, letter, 1, 1, next);
}

static struct reader_node *reader_mark(struct reader *reader, uint32_t mark,
				       struct reader_node *next)
{
	return reader_add(
	    reader, (struct reader_node){.kind = READER_MARK, .argument = mark, .next = next});
}

/* \s*'(?:\\'|[^'])*' */
static struct reader_node *reader_quoted(struct reader *reader, uint32_t quote,
					 struct reader_node *next)
{
	struct reader_node *loop = reader_either(reader, NULL, reader_one(reader, quote, next));
	struct reader_node *escaped = reader_one(reader, '\\', reader_one(reader, quote, loop));

	loop->next =
	    reader_either(reader, escaped, reader_some(reader, reader_is_other, quote, 1, 1, loop));
	return reader_some(reader, reader_is_space, 0, 0, SIZE_MAX,
			   reader_one(reader, quote, loop));
}

/* \s*(?:#.*)?(?:$|$) */
static struct reader_node *reader_tail(struct reader *reader)
{
	struct reader_node *done = reader_add(reader, (struct reader_node){.kind = READER_DONE});
	struct reader_node *end =
	    reader_add(reader, (struct reader_node){.kind = READER_END, .next = done});
	struct reader_node *comment =
	    reader_one(reader, '#', reader_some(reader, reader_is_dot, 0, 0, SIZE_MAX, end));

	return reader_some(reader, reader_is_space, 0, 0, SIZE_MAX,
			   reader_either(reader, comment, end));
}

/* ('...'|"..."|`...`|[^#\r\n]+)? */
static struct reader_node *reader_value(struct reader *reader, struct reader_node *tail)
{
	struct reader_node *close = reader_mark(reader, 3, tail);
	struct reader_node *plain = reader_some(reader, reader_is_value, 0, 1, SIZE_MAX, close);
	struct reader_node *quoted =
	    reader_either(reader, reader_quoted(reader, '"', close),
			  reader_either(reader, reader_quoted(reader, '`', close), plain));

	quoted = reader_either(reader, reader_quoted(reader, '\'', close), quoted);
	return reader_either(reader, reader_mark(reader, 2, quoted), tail);
}

/* (?:^|^)\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?) and the value */
static struct reader_node *reader_compile(struct reader *reader)
{
	struct reader_node *value = reader_value(reader, reader_tail(reader));
	struct reader_node *equals_space =
	    reader_some(reader, reader_is_space, 0, 0, SIZE_MAX, value);
	struct reader_node *colon_space =
	    reader_some(reader, reader_is_space, 0, 1, SIZE_MAX, value);
	struct reader_node *equals = reader_some(reader, reader_is_space, 0, 0, SIZE_MAX,
						 reader_one(reader, '=', equals_space));
	struct reader_node *separator =
	    reader_either(reader, equals, reader_one(reader, ':', colon_space));
	struct reader_node *name = reader_mark(
	    reader, 0,
	    reader_some(reader, reader_is_word, 0, 1, SIZE_MAX, reader_mark(reader, 1, separator)));
	struct reader_node *export = reader_some(reader, reader_is_space, 0, 1, SIZE_MAX, name);
	struct reader_node *start;

	equals_space->lazy = colon_space->lazy = true;
	for (const char *letter = "tropxe"; *letter; letter++)
		export = reader_one(reader, (unsigned char)*letter, export);
	start = reader_some(reader, reader_is_space, 0, 0, SIZE_MAX,
			    reader_either(reader, export, name));
	return reader_add(reader, (struct reader_node){.kind = READER_START, .next = start});
}

static void reader_decode(struct reader *reader, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length && reader->length < READER_TEXT_MAX;) {
		unsigned char first = (unsigned char)bytes[i++];
		size_t more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
		uint32_t letter = more ? first & (0x3fu >> more) : first;

		for (; more && i < length; more--)
			letter = letter << 6 | ((unsigned char)bytes[i++] & 0x3f);
		if (first == '\r' && i < length && bytes[i] == '\n')
			i++;
		reader->text[reader->length++] = first == '\r' ? '\n' : letter;
	}
}

static size_t reader_encode(uint32_t letter, char *out)
{
	size_t more = letter < 0x80 ? 0 : letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};

	*out = (char)(lead[more] | letter >> (6 * more));
	for (size_t i = 1; i <= more; i++)
		out[i] = (char)(0x80 | (letter >> (6 * (more - i)) & 0x3f));
	return more + 1;
}

static char *reader_copy(const struct reader *reader, size_t start, size_t end, bool expand)
{
	char *copy = calloc(end - start + 1, 4), *out = copy;

	for (size_t i = start; copy && i < end; i++) {
		uint32_t next = i + 1 < end ? reader->text[i + 1] : 0;

		if (expand && reader->text[i] == '\\' && (next == 'n' || next == 'r')) {
			*out++ = next == 'n' ? '\n' : '\r';
			i++;
		} else {
			out += reader_encode(reader->text[i], out);
		}
	}
	return copy;
}

/*
 * value.trim().replace(/^(['"`])([\s\S]*)\1$/mg, "$2"), without the case that a line end other than
 * \n stands in an unquoted value.
 */
static char *reader_unquote(const struct reader *reader, size_t start, size_t end)
{
	uint32_t quote;

	while (start < end && reader_is_space(reader->text[start], 0))
		start++;
	while (start < end && reader_is_space(reader->text[end - 1], 0))
		end--;
	if (start == end)
		return strdup("");
	quote = reader->text[start];
	if (end - start >= 2 && quote == reader->text[end - 1] &&
	    (quote == '\'' || quote == '"' || quote == '`')) {
		start++;
		end--;
	}
	return reader_copy(reader, start, end, quote == '"');
}

static struct reader_entry *reader_find(struct reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->count; i++)
		if (!strcmp(reader->entries[i].name, name))
			return &reader->entries[i];
	return NULL;
}

static void reader_keep(struct reader *reader)
{
	struct reader_entry entry = {
	    .name = reader_copy(reader, reader->marks[0], reader->marks[1], false),
	    .value = reader_unquote(reader, reader->marks[2], reader->marks[3]),
	    .value_start = reader->marks[2],
	    .value_end = reader->marks[3],
	};
	struct reader_entry *there = entry.name ? reader_find(reader, entry.name) : NULL;

	if (!entry.name || !entry.value || reader->count == READER_ENTRIES_MAX)
		abort();
	if (there) {
		free(there->name);
		free(there->value);
		*there = entry;
	} else {
		reader->entries[reader->count++] = entry;
	}
}

/* Reads a text; of several assignments the last counts. The caller frees with reader_free. */
static struct reader *reader_new(const char *bytes, size_t length)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	struct reader_node *pattern;

	if (!reader)
		abort();
	pattern = reader_compile(reader);
	reader_decode(reader, bytes, length);
	for (size_t at = 0; at <= reader->length; at++) {
		reader->marks[2] = reader->marks[3] = 0;
		if (!reader_match(reader, pattern, at))
			continue;
		reader_keep(reader);
		at = reader->end - 1;
	}
	return reader;
}

static void reader_free(struct reader *reader)
{
	for (size_t i = 0; i < reader->count; i++) {
		free(reader->entries[i].name);
		free(reader->entries[i].value);
	}
	free(reader);
}

#endif
