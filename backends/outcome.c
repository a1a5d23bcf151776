/* SPDX-License-Identifier: MIT */
#include "outcome.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
	outcome->request_id[0] = '\0';
	if (strlen(request_id) >= sizeof(outcome->request_id))
		return;
	for (const char *byte = request_id; *byte; byte++)
		if (*byte <= 0x20 || *byte >= 0x7f)
			return;
	strcpy(outcome->request_id, request_id);
}
