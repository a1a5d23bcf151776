/* SPDX-License-Identifier: MIT */
#include "text.h"
#include <string.h>

/* The bytes of the control character that begins here; 0 if none does. */
static size_t control_at(const char *text, size_t left)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (bytes[0] < 0x20 || bytes[0] == 0x7f)
		return 1;
	return left > 1 && bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] <= 0x9f ? 2 : 0;
}

bool text_has_control(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (control_at(text + i, length - i))
			return true;
	return false;
}

/* The same for what separates lines or changes the direction. */
static size_t layout_at(const char *text, size_t left)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (left > 1 && bytes[0] == 0xd8 && bytes[1] == 0x9c)
		return 2;
	if (left < 3 || bytes[0] != 0xe2)
		return 0;
	if (bytes[1] == 0x80 && (bytes[2] == 0x8e || bytes[2] == 0x8f))
		return 3;
	if (bytes[1] == 0x80 && bytes[2] >= 0xa8 && bytes[2] <= 0xae)
		return 3;
	return bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9 ? 3 : 0;
}

void text_flatten(char *text, size_t length, char instead)
{
	size_t size;

	for (size_t i = 0; i < length; i += size ? size : 1) {
		size = control_at(text + i, length - i);
		if (!size)
			size = layout_at(text + i, length - i);
		memset(text + i, instead, size);
	}
}

/* The bytes of the sequence that begins here; 0 if none does. */
static size_t sequence_at(const char *text, size_t left)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = 1;
	unsigned char low = 0x80, high = 0xbf;

	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	length = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	if (bytes[0] == 0xe0)
		low = 0xa0;
	else if (bytes[0] == 0xed)
		high = 0x9f;
	else if (bytes[0] == 0xf0)
		low = 0x90;
	else if (bytes[0] == 0xf4)
		high = 0x8f;
	if (length > left || bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool text_is_utf8(const char *text, size_t length)
{
	size_t size;

	for (size_t at = 0; at < length; at += size)
		if (!(size = sequence_at(text + at, length - at)))
			return false;
	return true;
}

void text_cut(char *text, size_t ceiling)
{
	size_t length = strnlen(text, ceiling), start = length;

	text[length] = '\0';
	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)text[start - 1] >= 0xc0) {
		unsigned char lead = (unsigned char)text[start - 1];
		size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

		if (length - (start - 1) < wanted)
			text[start - 1] = '\0';
	}
}
