/* SPDX-License-Identifier: MIT */
#include "outcome.h"
#include "text.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of Cloudflare's name for a request: its digits, and the letters of the place that answered. */
#define REQUEST_DIGITS 16
#define REQUEST_PLACE_MAX 4

static void format_text(char *text, size_t size, const char *format, va_list arguments)
    printf_like(3, 0);

/* What is cut inside a character is no UTF-8 any more, and nothing of it would be shown as it is. */
static void format_text(char *text, size_t size, const char *format, va_list arguments)
{
	if (vsnprintf(text, size, format, arguments) >= (int)size)
		text_cut(text, size);
}

struct outcome outcome_make(enum outcome_kind kind, const char *format, ...)
{
	struct outcome outcome = {.kind = kind};
	va_list arguments;

	va_start(arguments, format);
	format_text(outcome.message, sizeof(outcome.message), format, arguments);
	va_end(arguments);
	return outcome;
}

struct outcome outcome_advise(struct outcome outcome, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_text(outcome.advice, sizeof(outcome.advice), format, arguments);
	va_end(arguments);
	return outcome;
}

int outcome_is_unreachable(enum outcome_kind kind)
{
	return kind == OUTCOME_TIMED_OUT || kind == OUTCOME_UNREACHABLE || kind == OUTCOME_REFUSED;
}

void outcome_prefix(struct outcome *outcome, size_t ceiling, const char *prefix)
{
	char message[sizeof(outcome->message)];

	text_cut(outcome->message, ceiling);
	memcpy(message, outcome->message, sizeof(message));
	memcpy(outcome->message, outcome_make(outcome->kind, "%s: %s", prefix, message).message,
	       sizeof(message));
}

void outcome_name_request(struct outcome *outcome, const char *request_id)
{
	static const char digits[] = "0123456789abcdef", letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t length = strspn(request_id, digits);
	const char *place = request_id + length;
	bool good = length == REQUEST_DIGITS && (!*place || (*place == '-' && place[1]));

	if (*place == '-')
		good = good && strspn(place + 1, letters) == strlen(place + 1) &&
		       strlen(place + 1) <= REQUEST_PLACE_MAX;
	strcpy(outcome->request_id, good ? request_id : "");
}
