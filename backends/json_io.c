/* SPDX-License-Identifier: MIT */
#include "json_io.h"
#include "wipe.h"
#include <stdlib.h>
#include <string.h>

/* jansson's functions take no context, so like errno this is of the one thread that there is. */
static unsigned long failures;

static void *count_failures(size_t size)
{
	void *memory = wipe_malloc(size);

	failures += !memory;
	return memory;
}

void json_io_install(void)
{
	json_set_alloc_funcs(count_failures, wipe_free);
}

unsigned long json_io_failures(void)
{
	return failures;
}

/* Where jansson keeps the code: the last byte of the text. */
static void say_out_of_memory(json_error_t *error)
{
	strcpy(error->text, "out of memory");
	error->text[JSON_ERROR_TEXT_LENGTH - 1] = json_error_out_of_memory;
}

json_t *json_read(const char *bytes, size_t length, size_t flags, json_error_t *error)
{
	unsigned long before = json_io_failures();
	json_error_t own;
	json_t *json = json_loadb(bytes, length, flags, error ? error : &own);

	if (json_io_failures() == before)
		return json;
	json_decref(json);
	if (error)
		say_out_of_memory(error);
	return NULL;
}

char *json_write(const json_t *json, size_t flags)
{
	unsigned long before = json_io_failures();
	char *text = json ? json_dumps(json, flags) : NULL;

	if (json_io_failures() == before)
		return text;
	free(text);
	return NULL;
}

static json_t *whole(json_t *copy, unsigned long before)
{
	if (json_io_failures() == before)
		return copy;
	json_decref(copy);
	return NULL;
}

json_t *json_copy_whole(json_t *json)
{
	unsigned long before = json_io_failures();

	return whole(json_copy(json), before);
}

json_t *json_deep_copy_whole(const json_t *json)
{
	unsigned long before = json_io_failures();

	return whole(json_deep_copy(json), before);
}
