/* SPDX-License-Identifier: MIT */
#include "leak.h"
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define LEAK_LENGTH 8

/* The text without white space and control characters. */
static void squeeze(const char *text, char *squeezed)
{
	for (; *text; text++)
		if ((unsigned char)*text > 0x20 && *text != 0x7f)
			*squeezed++ = *text;
	*squeezed = '\0';
}

static bool append_squeezed(struct value *form, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)bytes[i] > 0x20 && bytes[i] != 0x7f &&
		    !value_append(form, bytes + i, 1))
			return false;
	return true;
}

static bool append_percent(struct value *form, const char *bytes, size_t length)
{
	static const char hexadecimal[] = "0123456789ABCDEF";

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];
		char escape[3] = {'%', hexadecimal[byte >> 4], hexadecimal[byte & 15]};
		bool plain = isalnum(byte) || (byte && strchr("-._~", byte));

		if (!value_append(form, plain ? bytes + i : escape, plain ? 1 : 3))
			return false;
	}
	return true;
}

/* In pieces of whole groups, so that nothing of it lies outside of the arena for long. */
static bool append_base64(struct value *form, const char *bytes, size_t length)
{
	char piece[sodium_base64_ENCODED_LEN(48, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];
	bool fits = true;

	for (size_t done = 0; fits && done < length; done += 48) {
		size_t part = length - done < 48 ? length - done : 48;

		sodium_bin2base64(piece, sizeof(piece), (const unsigned char *)bytes + done, part,
				  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
		fits = value_append(form, piece, strlen(piece));
	}
	sodium_memzero(piece, sizeof(piece));
	return fits;
}

static bool is_word_at(const char *text, size_t place, size_t length)
{
	bool before = place > 0 && isalnum((unsigned char)text[place - 1]);

	return !before && !isalnum((unsigned char)text[place + length]);
}

static bool occurs(const struct value *form, const char *text)
{
	size_t length = value_length(form) < LEAK_LENGTH ? value_length(form) : LEAK_LENGTH;
	size_t text_length = strlen(text);

	for (size_t place = 0; length && place + length <= text_length; place++)
		if (memmem(value_bytes(form), value_length(form), text + place, length) &&
		    (length > 3 || is_word_at(text, place, length)))
			return true;
	return false;
}

enum form { AS_IT_IS, JSON, PERCENT, BASE64, BASE64_1, BASE64_2, FORMS };

static bool append_form(struct value *form, enum form which, const char *bytes, size_t length)
{
	size_t skip = which > BASE64 ? which - BASE64 : 0;

	switch (which) {
	case AS_IT_IS:
		return append_squeezed(form, bytes, length);
	case JSON:
		return value_append_json(form, bytes, length);
	case PERCENT:
		return append_percent(form, bytes, length);
	default:
		/* Short ones say nothing in base64: they would match by chance. */
		return length < skip + 6 || append_base64(form, bytes + skip, length - skip);
	}
}

static bool leaks_as(enum form which, struct arena *arena, const struct value *secret,
		     const char *text)
{
	struct value *form = value_new(arena, 6 * VALUE_CEILING);
	bool leaks = true;

	if (form && append_form(form, which, value_bytes(secret), value_length(secret)))
		leaks = occurs(form, text);
	value_free(form);
	return leaks;
}

void leak_withhold(struct outcome *outcome, struct arena *arena, const struct value *secret)
{
	char text[sizeof(outcome->message)] = "";
	bool leaks = false;

	squeeze(outcome->message, text);
	for (enum form which = AS_IT_IS; !leaks && which < FORMS; which++)
		leaks = leaks_as(which, arena, secret, text);
	sodium_memzero(text, sizeof(text));
	if (leaks)
		snprintf(outcome->message, sizeof(outcome->message),
			 "(the server's text is withheld: it repeats a value or a token)");
}
