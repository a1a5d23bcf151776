/* SPDX-License-Identifier: MIT */
#include "json_size.h"

#define COMMAS_MAX 600000
#define BRACKETS_MAX 120000

bool json_is_modest(const char *text, size_t length)
{
	size_t commas = 0, brackets = 0;
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		char letter = text[i];

		if (quoted && letter == '\\')
			i++;
		else if (letter == '"')
			quoted = !quoted;
		else if (!quoted && (letter == '{' || letter == '['))
			brackets++;
		else if (!quoted && letter == ',')
			commas++;
	}
	return commas <= COMMAS_MAX && brackets <= BRACKETS_MAX;
}
