/* SPDX-License-Identifier: MIT */
#include "locked.h"
#include "wipe.h"
#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CELL ((size_t)64)

enum cell { FREE, FIRST, FURTHER };

/*
 * The one region of the process: libcurl's functions get no context. libcurl resolves names in
 * threads of its own, hence the mutex.
 */
static struct region {
	pthread_mutex_t mutex;
	char *base; /* NULL: there is none */
	size_t cells, next;
	unsigned char *map; /* enum cell, one a cell */
	size_t overflows;
} region = {.mutex = PTHREAD_MUTEX_INITIALIZER};

bool locked_begin(size_t bytes)
{
	void *base;

#ifdef __SANITIZE_ADDRESS__
	/* AddressSanitizer should see libcurl's blocks one by one. */
	return true;
#endif
	if (region.base)
		return true;
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	region.map = calloc(bytes / CELL, 1);
	if (base == MAP_FAILED || !region.map || sodium_mlock(base, bytes) != 0) {
		if (base != MAP_FAILED)
			munmap(base, bytes);
		free(region.map);
		region.map = NULL;
		return false;
	}
	region.cells = bytes / CELL;
	region.base = base;
	return true;
}

static bool is_inside(const void *memory)
{
	uintptr_t place = (uintptr_t)memory, base = (uintptr_t)region.base;

	return base && place >= base && place < base + region.cells * CELL;
}

/* A run of free cells in a part of the region; the end of the part if there is none. */
static size_t find_run(size_t from, size_t end, size_t count)
{
	size_t run = 0;

	for (size_t cell = from; cell < end; cell++) {
		run = region.map[cell] == FREE ? run + 1 : 0;
		if (run == count)
			return cell + 1 - count;
	}
	return end;
}

static void *take(size_t count)
{
	size_t cell = find_run(region.next, region.cells, count);

	if (cell == region.cells)
		cell = find_run(0, region.cells, count);
	if (cell == region.cells)
		return NULL;
	memset(region.map + cell, FURTHER, count);
	region.map[cell] = FIRST;
	region.next = cell + count;
	return region.base + cell * CELL;
}

static size_t first_cell(const void *memory)
{
	return (size_t)((const char *)memory - region.base) / CELL;
}

static size_t cells_of(size_t first)
{
	size_t cell = first + 1;

	while (cell < region.cells && region.map[cell] == FURTHER)
		cell++;
	return cell - first;
}

void *locked_malloc(size_t size)
{
	void *memory = NULL;

	pthread_mutex_lock(&region.mutex);
	if (region.base && size <= region.cells * CELL)
		memory = take(size ? (size + CELL - 1) / CELL : 1);
	region.overflows += region.base && !memory;
	pthread_mutex_unlock(&region.mutex);
	return memory ? memory : wipe_malloc(size);
}

size_t locked_overflows(void)
{
	size_t overflows;

	pthread_mutex_lock(&region.mutex);
	overflows = region.overflows;
	pthread_mutex_unlock(&region.mutex);
	return overflows;
}

void locked_free(void *memory)
{
	size_t first, count;

	if (!is_inside(memory)) {
		wipe_free(memory);
		return;
	}
	pthread_mutex_lock(&region.mutex);
	first = first_cell(memory);
	count = cells_of(first);
	sodium_memzero(memory, count * CELL);
	memset(region.map + first, FREE, count);
	pthread_mutex_unlock(&region.mutex);
}

void *locked_calloc(size_t count, size_t size)
{
	size_t whole;
	void *memory = NULL;

	if (!__builtin_mul_overflow(count, size, &whole))
		memory = locked_malloc(whole);
	return memory ? memset(memory, 0, whole) : NULL;
}

char *locked_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = locked_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

void *locked_realloc(void *memory, size_t size)
{
	size_t before;
	void *moved;

	if (!memory)
		return locked_malloc(size);
	if (!is_inside(memory))
		return wipe_realloc(memory, size);
	pthread_mutex_lock(&region.mutex);
	before = cells_of(first_cell(memory)) * CELL;
	pthread_mutex_unlock(&region.mutex);
	if (size <= before && size > before / 2)
		return memory;
	moved = locked_malloc(size);
	if (!moved)
		return NULL;
	memcpy(moved, memory, before < size ? before : size);
	locked_free(memory);
	return moved;
}
