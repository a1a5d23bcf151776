/* SPDX-License-Identifier: MIT */
#include "leak.h"
#include <ctype.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LEAK_LENGTH 8
#define SLOT_BITS 10

/*
 * A server's text, and every eight bytes in a row of it, in a table: a secret, which may be long, is
 * gone through once in each of its forms.
 */
struct text {
	char bytes[sizeof(((struct outcome *)NULL)->message)]; /* without white space */
	size_t length;
	uint64_t slots[1 << SLOT_BITS]; /* 0, which no eight bytes of a text are: free */
};

static bool counts(char byte)
{
	return (unsigned char)byte > 0x20 && byte != 0x7f;
}

/* Where those eight bytes are, or would be: less than half of the table is ever taken. */
static uint64_t *slot_of(struct text *text, uint64_t eight)
{
	size_t slot = (size_t)((eight * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - SLOT_BITS));

	while (text->slots[slot] && text->slots[slot] != eight)
		slot = (slot + 1) % (1 << SLOT_BITS);
	return &text->slots[slot];
}

static void read_text(struct text *text, const char *message)
{
	uint64_t eight = 0;

	*text = (struct text){.length = 0};
	for (; *message; message++) {
		if (!counts(*message))
			continue;
		text->bytes[text->length++] = *message;
		eight = eight << 8 | (unsigned char)*message;
		if (text->length >= LEAK_LENGTH)
			*slot_of(text, eight) = eight;
	}
}

/* A form of a secret, as it goes by. */
struct form {
	struct text *text;
	uint64_t latest; /* the latest eight bytes */
	size_t length;	 /* of those that count */
	bool found;	 /* the text has eight of them in a row */
};

static void add(struct form *form, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length && !form->found; i++) {
		if (!counts(bytes[i]))
			continue;
		form->latest = form->latest << 8 | (unsigned char)bytes[i];
		if (++form->length >= LEAK_LENGTH)
			form->found = *slot_of(form->text, form->latest) != 0;
	}
}

static void add_json(struct form *form, const char *bytes, size_t length)
{
	char escape[VALUE_JSON_BYTE];

	for (size_t i = 0; i < length && !form->found; i++)
		add(form, escape, value_json_byte(bytes[i], escape));
}

static void add_percent(struct form *form, const char *bytes, size_t length)
{
	static const char hexadecimal[] = "0123456789ABCDEF";

	for (size_t i = 0; i < length && !form->found; i++) {
		unsigned char byte = (unsigned char)bytes[i];
		char escape[3] = {'%', hexadecimal[byte >> 4], hexadecimal[byte & 15]};
		bool plain = isalnum(byte) || (byte && strchr("-._~", byte));

		add(form, plain ? bytes + i : escape, plain ? 1 : 3);
	}
}

/* In pieces of whole groups, so that nothing of it lies about. */
static void add_base64(struct form *form, const char *bytes, size_t length)
{
	char piece[sodium_base64_ENCODED_LEN(48, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];

	for (size_t done = 0; done < length && !form->found; done += 48) {
		size_t part = length - done < 48 ? length - done : 48;

		sodium_bin2base64(piece, sizeof(piece), (const unsigned char *)bytes + done, part,
				  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
		add(form, piece, strlen(piece));
	}
	sodium_memzero(piece, sizeof(piece));
}

enum which { AS_IT_IS, JSON, PERCENT, BASE64, BASE64_1, BASE64_2, FORMS };

static void add_secret(struct form *form, enum which which, const char *bytes, size_t length)
{
	size_t skip = which > BASE64 ? which - BASE64 : 0;

	if (which == AS_IT_IS)
		add(form, bytes, length);
	else if (which == JSON)
		add_json(form, bytes, length);
	else if (which == PERCENT)
		add_percent(form, bytes, length);
	else if (length >= skip + 6)
		/* Short ones say nothing in base64: they would match by chance. */
		add_base64(form, bytes + skip, length - skip);
}

static bool is_word_at(const struct text *text, size_t place, size_t length)
{
	bool before = place > 0 && isalnum((unsigned char)text->bytes[place - 1]);

	return !before && !isalnum((unsigned char)text->bytes[place + length]);
}

/* The whole of a form that has less than eight bytes. */
static bool has_short(const struct form *form)
{
	const struct text *text = form->text;
	char whole[LEAK_LENGTH] = "";
	bool found = false;

	for (size_t i = 0; i < form->length; i++)
		whole[i] = (char)(form->latest >> 8 * (form->length - 1 - i));
	for (size_t place = 0; !found && place + form->length <= text->length; place++)
		found = !memcmp(text->bytes + place, whole, form->length) &&
			(form->length > 3 || is_word_at(text, place, form->length));
	sodium_memzero(whole, sizeof(whole));
	return found;
}

static bool leaks_as(enum which which, struct text *text, const struct value *secret)
{
	struct form form = {.text = text};
	bool found;

	add_secret(&form, which, value_bytes(secret), value_length(secret));
	found = form.found || (form.length && form.length < LEAK_LENGTH && has_short(&form));
	sodium_memzero(&form, sizeof(form));
	return found;
}

static bool repeats(const char *words, const struct value *secret)
{
	struct text text;
	bool found = false;

	if (!words[0])
		return false;
	read_text(&text, words);
	for (enum which which = AS_IT_IS; !found && which < FORMS; which++)
		found = leaks_as(which, &text, secret);
	sodium_memzero(&text, sizeof(text));
	return found;
}

bool leak_withhold(struct outcome *outcome, const struct value *secret)
{
	if (repeats(outcome->request_id, secret))
		outcome->request_id[0] = '\0';
	if (!repeats(outcome->message, secret))
		return false;
	snprintf(outcome->message, sizeof(outcome->message),
		 "(the server's text is withheld: it repeats a value or a token)");
	return true;
}
