/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit = (char)tolower((unsigned char)digit);
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* NULL for a NUL byte, a broken escape or text that is not UTF-8. */
static char *decode(const char *text, size_t length, bool plus_is_space)
{
	char *decoded = must(malloc(length + 1)), *end = decoded;
	json_t *check;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '%') {
			int high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

			if (low < 0 || (high == 0 && low == 0))
				goto bad;
			*end++ = (char)(high * 16 + low);
			i += 2;
		} else {
			*end++ = plus_is_space && text[i] == '+' ? ' ' : text[i];
		}
	}
	*end = '\0';
	check = json_string(decoded);
	if (!check)
		goto bad;
	json_decref(check);
	return decoded;
bad:
	free(decoded);
	return NULL;
}

/* A path that cannot be split has no segments and so matches no route. */
static void split_path(struct call *call)
{
	const char *rest = call->path;

	while (*rest == '/') {
		size_t length = strcspn(++rest, "/");
		char *segment = NULL;

		if (call->segment_count < CALL_SEGMENTS_MAX)
			segment = decode(rest, length, false);
		if (!segment) {
			while (call->segment_count)
				free(call->segments[--call->segment_count]);
			return;
		}
		call->segments[call->segment_count++] = segment;
		rest += length;
	}
}

static void split_query(struct call *call)
{
	for (const char *rest = call->query; *rest;) {
		size_t length = strcspn(rest, "&"), name_length = strcspn(rest, "=&");
		size_t skip = name_length < length ? name_length + 1 : length;
		char *name = decode(rest, name_length, true);
		char *value = decode(rest + skip, length - skip, true);

		if (name && value)
			json_object_set_new(call->arguments, name, must(json_string(value)));
		free(name);
		free(value);
		rest += length + (rest[length] == '&');
	}
}

/* A target must be ASCII (RFC 9112 3.2); what is not could not be recorded as JSON. */
static char *copy_ascii(const char *text, size_t length)
{
	char *copy = must(strndup(text, length));

	for (char *letter = copy; *letter; letter++)
		if ((unsigned char)*letter > 0x7e)
			*letter = '?';
	return copy;
}

struct call *call_new(struct emulator *emulator, const char *target)
{
	struct call *call = must(calloc(1, sizeof(*call)));
	size_t length = strcspn(target, "?");
	const char *query = target + length + (target[length] == '?');

	call->emulator = emulator;
	call->path = copy_ascii(target, length);
	call->query = copy_ascii(query, strlen(query));
	call->headers = must(json_object());
	call->arguments = must(json_object());
	call->body = must(strdup(""));
	split_path(call);
	split_query(call);
	return call;
}

void call_free(struct call *call)
{
	free(call->path);
	free(call->query);
	json_decref(call->headers);
	json_decref(call->arguments);
	free(call->body);
	for (size_t i = 0; i < call->segment_count; i++)
		free(call->segments[i]);
	free(call->answer.text);
	json_decref(call->answer.headers);
	free(call);
}

void call_add_body(struct call *call, const char *data, size_t size)
{
	if (size > EMULATOR_BODY_CEILING - call->length) {
		size = EMULATOR_BODY_CEILING - call->length;
		call->oversized = true;
	}
	call->body = must(realloc(call->body, call->length + size + 1));
	memcpy(call->body + call->length, data, size);
	call->length += size;
	call->body[call->length] = '\0';
}

const char *call_header(const struct call *call, const char *lower_case_name)
{
	return json_string_value(json_object_get(call->headers, lower_case_name));
}

const char *call_argument(const struct call *call, const char *name)
{
	return json_string_value(json_object_get(call->arguments, name));
}

bool call_matches(struct call *call, const char *pattern)
{
	size_t segment = 0, capture = 0;

	while (*pattern) {
		size_t length = strcspn(pattern, "/");
		const char *text;

		if (segment == call->segment_count)
			return false;
		text = call->segments[segment++];
		if (length == 1 && *pattern == '*')
			call->captures[capture++] = text;
		else if (strlen(text) != length || strncmp(text, pattern, length) != 0)
			return false;
		pattern += length + (pattern[length] == '/');
	}
	return segment == call->segment_count;
}

bool call_has_type(const struct call *call, const char *type)
{
	const char *sent = call_header(call, "content-type");
	size_t length = strlen(type);

	return sent && strncasecmp(sent, type, length) == 0 && strchr(" ;", sent[length]);
}
