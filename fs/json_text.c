/* SPDX-License-Identifier: MIT */
#include "json_text.h"
#include <stdlib.h>
#include <string.h>

/* A deletion character goes too: JSON lets it stand, and a terminal acts on it. */
json_t *json_text(const char *text)
{
	json_t *json = strchr(text, 0x7f) ? NULL : json_string(text);
	char *ascii;

	if (json)
		return json;
	ascii = strdup(text);
	if (!ascii)
		return NULL;
	for (char *byte = ascii; *byte; byte++)
		if ((unsigned char)*byte >= 0x7f)
			*byte = '?';
	json = json_string(ascii);
	free(ascii);
	return json;
}
