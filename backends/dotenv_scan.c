/* SPDX-License-Identifier: MIT */
#include "dotenv_scan.h"
#include <stdint.h>
#include <string.h>

/*
 * The scanner does what dotenv 16's one regular expression does, on the bytes as they are:
 *
 * /(?:^|^)\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|
 *  \s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?(?:$|$)/mg
 *
 * dotenv turns \r\n and \r into \n first; here \r\n counts as one character instead. White space
 * and line ends are JavaScript's, so some of them are three bytes long.
 */
static bool starts_with(struct dotenv_bytes text, size_t at, const char *word)
{
	size_t length = strlen(word);

	return at <= text.length && length <= text.length - at &&
	       !memcmp(text.bytes + at, word, length);
}

/* The bytes of the line end at this place, 0 if there is none. */
static size_t line_end_at(struct dotenv_bytes text, size_t at)
{
	if (at >= text.length)
		return 0;
	if (text.bytes[at] == '\n')
		return 1;
	if (text.bytes[at] == '\r')
		return starts_with(text, at, "\r\n") ? 2 : 1;
	return starts_with(text, at, "\u2028") || starts_with(text, at, "\u2029") ? 3 : 0;
}

/* The bytes of the white space character at this place, 0 if there is none. */
static size_t space_at(struct dotenv_bytes text, size_t at)
{
	static const char *const wide[] = {
	    "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
	    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
	    "\u200a", "\u202f", "\u205f", "\u3000", "\ufeff",
	};
	size_t length = line_end_at(text, at);

	if (length || at >= text.length)
		return length;
	if (strchr(" \t\v\f", text.bytes[at]))
		return 1;
	if (!(text.bytes[at] & 0x80))
		return 0;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		if (starts_with(text, at, wide[i]))
			return strlen(wide[i]);
	return 0;
}

static size_t skip_spaces(struct dotenv_bytes text, size_t at)
{
	size_t length;

	while ((length = space_at(text, at)))
		at += length;
	return at;
}

struct dotenv_span dotenv_trim(struct dotenv_bytes text, struct dotenv_span span)
{
	struct dotenv_span trimmed = {skip_spaces(text, span.start), span.end};
	size_t length = 1;

	if (trimmed.start >= span.end)
		return (struct dotenv_span){span.start, span.start};
	while (length <= 3) {
		if (space_at(text, trimmed.end - length) == length) {
			trimmed.end -= length;
			length = 1;
		} else {
			length++;
		}
	}
	return trimmed;
}

static size_t line_end(struct dotenv_bytes text, size_t at)
{
	while (at < text.length && !line_end_at(text, at))
		at++;
	return at;
}

size_t dotenv_next_line(struct dotenv_bytes text, size_t at)
{
	at = line_end(text, at);
	return at + line_end_at(text, at);
}

bool dotenv_is_line_start(struct dotenv_bytes text, size_t at)
{
	for (size_t length = 1; length <= 3 && length <= at; length++)
		if (line_end_at(text, at - length) == length)
			return true;
	return at == 0;
}

/* What may follow a value: `\s*(?:#.*)?$`. The white space gives back lines, the last one first. */
static bool match_tail(struct dotenv_bytes text, size_t at, size_t *end)
{
	size_t length, last_line = SIZE_MAX;

	for (; (length = space_at(text, at)); at += length)
		if (line_end_at(text, at))
			last_line = at;
	if (at == text.length)
		*end = at;
	else if (text.bytes[at] == '#')
		*end = line_end(text, at);
	else if (last_line != SIZE_MAX)
		*end = last_line;
	else
		return false;
	return true;
}

/*
 * A quoted value goes to the first quote that has no backslash before it, or, if that is not at the
 * end of a line, back to the last one with a backslash that is.
 */
static bool match_quoted(struct dotenv_bytes text, char quote, struct dotenv_assignment *assignment)
{
	size_t open = skip_spaces(text, assignment->separator_end), close;

	if (open >= text.length || text.bytes[open] != quote)
		return false;
	for (close = open + 1; close < text.length; close++)
		if (text.bytes[close] == quote &&
		    (close == open + 1 || text.bytes[close - 1] != '\\'))
			break;
	for (; close > open; close--) {
		if (close == text.length || text.bytes[close] != quote)
			continue;
		if (match_tail(text, close + 1, &assignment->end))
			break;
	}
	assignment->value = (struct dotenv_span){open, close + 1};
	return close > open;
}

static bool match_value(struct dotenv_bytes text, struct dotenv_assignment *assignment)
{
	size_t stop = assignment->separator_end;

	for (const char *quote = "'\"`"; *quote; quote++)
		if (match_quoted(text, *quote, assignment))
			return true;
	while (stop < text.length && !strchr("#\r\n", text.bytes[stop]))
		stop++;
	assignment->value =
	    dotenv_trim(text, (struct dotenv_span){assignment->separator_end, stop});
	return match_tail(text, stop, &assignment->end);
}

bool dotenv_is_name_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-';
}

static bool match_name(struct dotenv_bytes text, size_t at, struct dotenv_assignment *assignment)
{
	size_t name_end = at, equals, space;

	while (name_end < text.length && dotenv_is_name_byte(text.bytes[name_end]))
		name_end++;
	if (name_end == at)
		return false;
	assignment->name = (struct dotenv_span){at, name_end};
	equals = skip_spaces(text, name_end);
	space = space_at(text, name_end + 1);
	if (starts_with(text, equals, "="))
		assignment->separator_end = equals + 1;
	else if (starts_with(text, name_end, ":") && space)
		assignment->separator_end = name_end + 1 + space;
	else
		return false;
	return true;
}

static bool match_line(struct dotenv_bytes text, size_t at, struct dotenv_assignment *assignment)
{
	size_t start = skip_spaces(text, at);

	assignment->start = start;
	if (starts_with(text, start, "export") && space_at(text, start + 6) &&
	    match_name(text, skip_spaces(text, start + 6), assignment))
		return match_value(text, assignment);
	return match_name(text, start, assignment) && match_value(text, assignment);
}

bool dotenv_next(struct dotenv_bytes text, struct dotenv_assignment *assignment)
{
	size_t at = assignment->end;

	if (!dotenv_is_line_start(text, at))
		at = dotenv_next_line(text, at);
	while (at < text.length) {
		if (match_line(text, at, assignment))
			return true;
		at = dotenv_next_line(text, skip_spaces(text, at));
	}
	return false;
}
