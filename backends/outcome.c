/* SPDX-License-Identifier: MIT */
#include "outcome.h"
#include <stdarg.h>
#include <stdio.h>

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
