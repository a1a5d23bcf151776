/* SPDX-License-Identifier: MIT */
#include "names.h"
#include "../backends/text.h"
#include <stdio.h>
#include <string.h>

#define NAME_LENGTH_MAX 255

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_lower(char byte)
{
	return byte >= 'a' && byte <= 'z';
}

static bool is_upper(char byte)
{
	return byte >= 'A' && byte <= 'Z';
}

static bool is_word(char byte)
{
	return is_lower(byte) || is_upper(byte) || is_digit(byte) || byte == '_';
}

bool name_is_valid_secret(const char *name)
{
	size_t length = 0;

	if (is_digit(name[0]))
		return false;
	while (length <= NAME_LENGTH_MAX && is_word(name[length]))
		length++;
	return length > 0 && length <= NAME_LENGTH_MAX && !name[length];
}

bool name_is_valid_script(const char *name)
{
	size_t length = 0;

	while ((is_word(name[length]) || name[length] == '-') && length <= NAME_SCRIPT_MAX)
		length++;
	return length > 0 && length <= NAME_SCRIPT_MAX && !name[length];
}

bool name_is_showable(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/') &&
	       strnlen(name, NAME_LENGTH_MAX + 1) <= NAME_LENGTH_MAX;
}

bool name_is_valid_directory(const char *name)
{
	return name_is_showable(name) && !text_has_control(name, strlen(name));
}

bool name_slug(char *buffer, size_t size, const char *text)
{
	size_t used = 0;
	bool gap = false;

	for (; *text; text++) {
		bool kept = is_lower(*text) || is_upper(*text) || is_digit(*text);

		if (!kept) {
			gap = used > 0;
			continue;
		}
		if (used + gap + 1 >= size)
			return false;
		if (gap)
			buffer[used++] = '-';
		buffer[used++] = is_upper(*text) ? (char)(*text - 'A' + 'a') : *text;
		gap = false;
	}
	if (!used)
		return false;
	buffer[used] = '\0';
	return true;
}

bool name_store(char name[static NAME_STORE_SIZE], const char *account, const char *project,
		const char *environment, const char *app, const char *kind)
{
	char slugs[3][NAME_STORE_SIZE];

	return name_slug(slugs[0], NAME_STORE_SIZE, account) &&
	       name_slug(slugs[1], NAME_STORE_SIZE, project) &&
	       name_slug(slugs[2], NAME_STORE_SIZE, app) &&
	       snprintf(name, NAME_STORE_SIZE, "hsx-%s-%s-%s-%s-%s", slugs[0], slugs[1],
			environment, slugs[2], kind) < NAME_STORE_SIZE;
}
