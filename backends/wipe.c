/* SPDX-License-Identifier: MIT */
#include "wipe.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *wipe_malloc(size_t size)
{
	return malloc(size);
}

void *wipe_calloc(size_t count, size_t size)
{
	return calloc(count, size);
}

char *wipe_strdup(const char *text)
{
	return strdup(text);
}

void wipe_free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* realloc(3) could move the bytes and leave the old copy behind. */
void *wipe_realloc(void *memory, size_t size)
{
	size_t before = memory ? malloc_usable_size(memory) : 0;
	void *moved;

	if (size == 0 && memory) {
		wipe_free(memory);
		return NULL;
	}
	if (size <= before && size > before / 2)
		return memory;
	moved = malloc(size);
	if (!moved)
		return NULL;
	if (memory)
		memcpy(moved, memory, before < size ? before : size);
	wipe_free(memory);
	return moved;
}
