/* SPDX-License-Identifier: MIT */
#include "outcome.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of Cloudflare's name for a request: its digits, and the letters of the place that answered. */
#define REQUEST_DIGITS 16
#define REQUEST_PLACE_MAX 4

struct outcome outcome_make(enum outcome_kind kind, const char *format, ...)
{
	struct outcome outcome = {.kind = kind};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(outcome.message, sizeof(outcome.message), format, arguments);
	va_end(arguments);
	return outcome;
}

struct outcome outcome_advise(struct outcome outcome, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(outcome.advice, sizeof(outcome.advice), format, arguments);
	va_end(arguments);
	return outcome;
}

int outcome_is_unreachable(enum outcome_kind kind)
{
	return kind == OUTCOME_TIMED_OUT || kind == OUTCOME_UNREACHABLE || kind == OUTCOME_REFUSED;
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
