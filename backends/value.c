/* SPDX-License-Identifier: MIT */
#include "value.h"
#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The arena hands out runs of pages. `used` has a byte a page, in ordinary memory: only the pages
 * hold secrets.
 */
struct arena {
	char *base;
	size_t pages;
	unsigned char *used;
};

struct value {
	struct arena *arena;
	char *bytes;
	size_t length, capacity, ceiling;
};

#define PAGE ((size_t)4096)

struct arena *arena_new(size_t bytes, bool *locked)
{
	size_t pages = (bytes + PAGE - 1) / PAGE;
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return NULL;
	arena->pages = pages;
	arena->used = calloc(pages, 1);
	arena->base =
	    mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!arena->used || arena->base == MAP_FAILED) {
		if (arena->base != MAP_FAILED)
			munmap(arena->base, pages * PAGE);
		free(arena->used);
		free(arena);
		return NULL;
	}
	*locked = sodium_mlock(arena->base, pages * PAGE) == 0;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	sodium_memzero(arena->base, arena->pages * PAGE);
	munmap(arena->base, arena->pages * PAGE);
	free(arena->used);
	free(arena);
}

/* First fit: runs are few and short-lived, so the arena does not fragment. */
static char *take_pages(struct arena *arena, size_t count)
{
	size_t run = 0;

	for (size_t page = 0; page < arena->pages; page++) {
		run = arena->used[page] ? 0 : run + 1;
		if (run < count)
			continue;
		page = page + 1 - count;
		memset(arena->used + page, 1, count);
		return arena->base + page * PAGE;
	}
	return NULL;
}

static void give_back(struct arena *arena, char *bytes, size_t length)
{
	if (!bytes)
		return;
	sodium_memzero(bytes, length);
	memset(arena->used + (size_t)(bytes - arena->base) / PAGE, 0, length / PAGE);
}

/* Makes a run of `count` pages one of `wanted`, where those after it are free. */
static bool extend(struct arena *arena, const char *bytes, size_t count, size_t wanted)
{
	size_t first = (size_t)(bytes - arena->base) / PAGE;

	if (wanted > arena->pages - first)
		return false;
	for (size_t page = first + count; page < first + wanted; page++)
		if (arena->used[page])
			return false;
	memset(arena->used + first + count, 1, wanted - count);
	return true;
}

struct value *value_new(struct arena *arena, size_t ceiling)
{
	struct value *value = calloc(1, sizeof(*value));

	if (!value)
		return NULL;
	value->arena = arena;
	value->ceiling = ceiling;
	value->capacity = PAGE;
	value->bytes = take_pages(arena, 1);
	if (!value->bytes) {
		free(value);
		return NULL;
	}
	return value;
}

void value_free(struct value *value)
{
	if (!value)
		return;
	give_back(value->arena, value->bytes, value->capacity);
	free(value);
}

/* Twice as much each time, but never more than the ceiling and the NUL after it take. */
static size_t capacity_for(const struct value *value, size_t length)
{
	size_t most = (value->ceiling / PAGE + 1) * PAGE, capacity = value->capacity;

	while (capacity <= length)
		capacity *= 2;
	return capacity < value->ceiling ? capacity : most;
}

/* One byte more than asked for, since a NUL always follows the bytes. */
static bool reserve(struct value *value, size_t length)
{
	size_t capacity;
	char *bytes;

	if (length > value->ceiling)
		return false;
	if (length < value->capacity)
		return true;
	capacity = capacity_for(value, length);
	if (extend(value->arena, value->bytes, value->capacity / PAGE, capacity / PAGE)) {
		value->capacity = capacity;
		return true;
	}
	bytes = take_pages(value->arena, capacity / PAGE);
	if (!bytes)
		return false;
	memcpy(bytes, value->bytes, value->length);
	give_back(value->arena, value->bytes, value->capacity);
	value->bytes = bytes;
	value->capacity = capacity;
	return true;
}

bool value_append(struct value *value, const void *bytes, size_t length)
{
	if (length > value->ceiling || !reserve(value, value->length + length))
		return false;
	memcpy(value->bytes + value->length, bytes, length);
	value->length += length;
	value->bytes[value->length] = '\0';
	return true;
}

/* Is there more, when nothing more has room? */
static ssize_t read_too_much(int fd)
{
	char byte;
	ssize_t length = read(fd, &byte, 1);

	sodium_memzero(&byte, 1);
	if (length <= 0)
		return length;
	errno = EFBIG;
	return -1;
}

ssize_t value_read(struct value *value, int fd, size_t most)
{
	size_t room = value->ceiling - value->length;
	ssize_t length;

	if (room == 0)
		return read_too_much(fd);
	if (most > room)
		most = room;
	if (!reserve(value, value->length + most)) {
		errno = ENOMEM;
		return -1;
	}
	length = read(fd, value->bytes + value->length, most);
	if (length > 0)
		value->length += (size_t)length;
	value->bytes[value->length] = '\0';
	return length;
}

static bool needs_escape(unsigned char byte)
{
	return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f;
}

size_t value_json_byte(char byte, char escape[static VALUE_JSON_BYTE])
{
	static const char hexadecimal[] = "0123456789abcdef", named[] = "\"\\\n\r\t";
	const char *name = byte ? strchr(named, byte) : NULL;

	escape[0] = byte;
	if (!needs_escape((unsigned char)byte))
		return 1;
	escape[0] = '\\';
	if (name) {
		escape[1] = "\"\\nrt"[name - named];
		return 2;
	}
	memcpy(escape + 1, "u00", 3);
	escape[4] = hexadecimal[(unsigned char)byte >> 4];
	escape[5] = hexadecimal[byte & 15];
	return VALUE_JSON_BYTE;
}

bool value_append_json(struct value *value, const char *bytes, size_t length)
{
	size_t before = value->length, plain = 0;
	char escape[VALUE_JSON_BYTE];
	bool fits = true;

	for (size_t i = 0; fits && i < length; i++) {
		if (!needs_escape((unsigned char)bytes[i]))
			continue;
		fits = value_append(value, bytes + plain, i - plain) &&
		       value_append(value, escape, value_json_byte(bytes[i], escape));
		plain = i + 1;
	}
	fits = fits && value_append(value, bytes + plain, length - plain);
	if (!fits)
		value_truncate(value, before);
	return fits;
}

void value_truncate(struct value *value, size_t length)
{
	if (length >= value->length)
		return;
	sodium_memzero(value->bytes + length, value->length - length);
	value->length = length;
}

bool value_resize(struct value *value, size_t length)
{
	if (length <= value->length) {
		value_truncate(value, length);
		return true;
	}
	if (!reserve(value, length))
		return false;
	memset(value->bytes + value->length, 0, length + 1 - value->length);
	value->length = length;
	return true;
}

bool value_write(struct value *value, size_t offset, const void *bytes, size_t length)
{
	if (length > value->ceiling || offset > value->ceiling - length)
		return false;
	if (offset + length > value->length && !value_resize(value, offset + length))
		return false;
	memcpy(value->bytes + offset, bytes, length);
	return true;
}

size_t value_length(const struct value *value)
{
	return value->length;
}

const char *value_bytes(const struct value *value)
{
	return value->bytes;
}
