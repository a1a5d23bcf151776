/* SPDX-License-Identifier: MIT */
#include "json_size.h"

#define COMMAS_MAX 600000
#define BRACKETS_MAX 120000

bool json_size_add(struct json_size *size, const char *text, size_t length)
{
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		char letter = text[i];

		if (quoted && letter == '\\')
			i++;
		else if (letter == '"')
			quoted = !quoted;
		else if (!quoted && (letter == '{' || letter == '['))
			size->brackets++;
		else if (!quoted && letter == ',')
			size->commas++;
	}
	return size->commas <= COMMAS_MAX && size->brackets <= BRACKETS_MAX;
}

bool json_is_modest(const char *text, size_t length)
{
	struct json_size size = {0, 0};

	return json_size_add(&size, text, length);
}
