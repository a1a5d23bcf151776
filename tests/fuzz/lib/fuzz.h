/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FUZZ_H
#define HSXFS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What every fuzz target has: the entry that libFuzzer, AFL++ and lib/replay.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What must hold whatever comes in; the input that shows that it does not is a find. */
#define MUST(condition)                                                                         \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

/* What is left of an input, and parts of it: they end at a record separator (RS), or with it. */
struct fuzz_input {
	const uint8_t *bytes;
	size_t length;
};

#define FUZZ_SEPARATOR 0x1e

static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
	if (!input->length)
		return 0;
	input->length--;
	return *input->bytes++;
}

static inline struct fuzz_input fuzz_part(struct fuzz_input *input)
{
	struct fuzz_input part = *input;
	const uint8_t *end =
	    input->length ? memchr(input->bytes, FUZZ_SEPARATOR, input->length) : NULL;

	if (end)
		part.length = (size_t)(end - input->bytes);
	input->bytes += part.length;
	input->length -= part.length;
	(void)fuzz_byte(input);
	return part;
}

/* A copy of just that size, so that a byte read too far is seen; the caller frees it. */
static inline char *fuzz_bytes(struct fuzz_input part)
{
	char *copy = malloc(part.length ? part.length : 1);

	MUST(copy);
	if (part.length)
		memcpy(copy, part.bytes, part.length);
	return copy;
}

/* The same as a text, which ends at the first NUL; the caller frees it. */
static inline char *fuzz_text(struct fuzz_input part)
{
	char *copy = strndup(part.length ? (const char *)part.bytes : "", part.length);

	MUST(copy);
	return copy;
}

/* True if it is UTF-8 as RFC 3629 has it; written apart from what is tested. */
static inline bool fuzz_is_utf8(const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint8_t first = (uint8_t)text[i];
		size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
		static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
		uint32_t letter = more ? first & (0x3fu >> more) : first;

		if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || length - i <= more)
			return false;
		for (size_t j = 1; j <= more; j++) {
			if (((uint8_t)text[i + j] & 0xc0) != 0x80)
				return false;
			letter = letter << 6 | ((uint8_t)text[i + j] & 0x3f);
		}
		if (letter < least[more] || letter > 0x10ffff ||
		    (letter >= 0xd800 && letter < 0xe000))
			return false;
		i += more + 1;
	}
	return true;
}

/* True if a message can stand in one line. */
static inline bool fuzz_is_line(const char *text)
{
	return !strpbrk(text, "\n\r");
}

#endif
