/* SPDX-License-Identifier: MIT */
#include "journal_line.h"
#include "../backends/json_io.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * A journal has some 50,000 lines, and whoever mounts waits for them: those in the form that the
 * journal writes, without an escape, are read in place, some twenty times as fast as by jansson, which
 * reads the others.
 */

static const struct member {
	const char *name;
	size_t offset;
} strings[] =
    {
	{"kind", offsetof(struct journal_line, kind)},
	{"id", offsetof(struct journal_line, id)},
	{"time", offsetof(struct journal_line, time)},
	{"mount", offsetof(struct journal_line, mount)},
	{"operation", offsetof(struct journal_line, operation)},
	{"path", offsetof(struct journal_line, path)},
	{"account", offsetof(struct journal_line, account)},
	{"outcome", offsetof(struct journal_line, outcome)},
	{"file", offsetof(struct journal_line, file)},
},
  numbers[] = {
      {"uid", offsetof(struct journal_line, uid)},
      {"nanoseconds", offsetof(struct journal_line, nanoseconds)},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char **string_at(struct journal_line *line, const struct member *member)
{
	return (const char **)(void *)((char *)line + member->offset);
}

static int64_t *number_at(struct journal_line *line, const struct member *member)
{
	return (int64_t *)(void *)((char *)line + member->offset);
}

static const struct member *find(const struct member *members, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(members[i].name, name))
			return &members[i];
	return NULL;
}

/* ---- in place: the text ends in a NUL, which no part of a line can be ---- */

static bool is_plain(char byte)
{
	return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

static bool skip(char **at, char expected)
{
	return *(*at)++ == expected;
}

static bool scan_string(char **at, const char **string)
{
	if (!skip(at, '"'))
		return false;
	*string = *at;
	while (is_plain(**at))
		++*at;
	if (**at != '"')
		return false;
	*(*at)++ = '\0';
	return true;
}

static bool scan_number(char **at, int64_t *number)
{
	const char *start = *at;

	*number = 0;
	while (**at >= '0' && **at <= '9' && *at - start < 18)
		*number = *number * 10 + *(*at)++ - '0';
	return *at > start && (*start != '0' || *at - start == 1);
}

static bool scan_list(char **at, const char **list, size_t *count)
{
	*count = 0;
	if (!skip(at, '['))
		return false;
	if (**at == ']')
		return skip(at, ']');
	do {
		if (*count == SECRETS_SCRIPTS_MAX || !scan_string(at, &list[(*count)++]))
			return false;
	} while (**at == ',' && skip(at, ','));
	return skip(at, ']');
}

/* A known member of another type is for jansson, which knows what the last of several is worth. */
static bool scan_value(struct journal_line *line, char **at, const char *name)
{
	const struct member *string = find(strings, COUNT(strings), name);
	const struct member *number = find(numbers, COUNT(numbers), name);
	const char *other, *others[SECRETS_SCRIPTS_MAX];
	bool is_scripts = !strcmp(name, "scripts");
	int64_t digits;
	size_t count;

	switch (**at) {
	case '"':
		return !number && !is_scripts &&
		       scan_string(at, string ? string_at(line, string) : &other);
	case '[':
		if (is_scripts)
			return scan_list(at, line->scripts, &line->script_count);
		return !string && !number && scan_list(at, others, &count);
	default:
		return !string && !is_scripts &&
		       scan_number(at, number ? number_at(line, number) : &digits);
	}
}

/* False where it is not in that form. */
static bool scan(struct journal_line *line, size_t length)
{
	char *at = line->text;
	const char *name;

	if (!skip(&at, '{'))
		return false;
	do {
		if (!scan_string(&at, &name) || !skip(&at, ':') || !scan_value(line, &at, name))
			return false;
	} while (*at == ',' && skip(&at, ','));
	return *at == '}' && at + 1 == line->text + length;
}

/* ---- any other ---- */

static void take_scripts(struct journal_line *line, const json_t *list)
{
	size_t count = json_array_size(list);

	if (count > SECRETS_SCRIPTS_MAX)
		return;
	for (size_t i = 0; i < count; i++)
		if (!(line->scripts[i] = json_string_value(json_array_get(list, i))))
			return;
	line->script_count = count;
}

static void take_json(struct journal_line *line)
{
	for (size_t i = 0; i < COUNT(strings); i++)
		*string_at(line, &strings[i]) =
		    json_string_value(json_object_get(line->json, strings[i].name));
	for (size_t i = 0; i < COUNT(numbers); i++)
		*number_at(line, &numbers[i]) =
		    json_integer_value(json_object_get(line->json, numbers[i].name));
	take_scripts(line, json_object_get(line->json, "scripts"));
}

bool journal_line_read(struct journal_line *line, const char *text, size_t length)
{
	json_error_t error;

	*line = (struct journal_line){.text = malloc(length + 1)};
	if (!line->text)
		return false;
	memcpy(line->text, text, length);
	line->text[length] = '\0';
	if (scan(line, length))
		return true;
	free(line->text);
	*line = (struct journal_line){.json = json_read(text, length, 0, &error)};
	if (!line->json)
		return json_error_code(&error) != json_error_out_of_memory;
	take_json(line);
	return true;
}

void journal_line_end(struct journal_line *line)
{
	free(line->text);
	json_decref(line->json);
}
