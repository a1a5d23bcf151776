/* SPDX-License-Identifier: MIT */
#include "commit.h"
#include "json_prefix.h"
#include <stdint.h>
#include <string.h>

/* Programs with a buffer cut a long value at multiples of this, and end one there only by chance.
 */
#define PIECE 512

/* A piece of text that is not NUL-terminated. */
struct span {
	const char *bytes;
	size_t length;
};

static bool starts_with(struct span text, const char *prefix)
{
	size_t length = strlen(prefix);

	return text.length >= length && memcmp(text.bytes, prefix, length) == 0;
}

static struct span span_from(struct span text, size_t offset)
{
	return (struct span){text.bytes + offset, text.length - offset};
}

/* UTF-8 */

enum utf8 { UTF8_VALID, UTF8_CUT, UTF8_INVALID };

/* What may follow a first byte: how many bytes, and the range of the second (RFC 3629 section 4).
 */
struct utf8_lead {
	uint8_t first, last;
	uint8_t following;
	uint8_t second_low, second_high;
};

static const struct utf8_lead utf8_leads[] = {
    {0x00, 0x7f, 0, 0, 0},	 {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

static const struct utf8_lead *utf8_lead_of(uint8_t byte)
{
	for (size_t index = 0; index < sizeof(utf8_leads) / sizeof(*utf8_leads); index++)
		if (byte >= utf8_leads[index].first && byte <= utf8_leads[index].last)
			return &utf8_leads[index];
	return NULL;
}

/* Judges the first character of a text that is not empty; *length gets its length in bytes. */
static enum utf8 utf8_first(struct span text, size_t *length)
{
	const uint8_t *bytes = (const uint8_t *)text.bytes;
	const struct utf8_lead *lead = utf8_lead_of(bytes[0]);

	if (!lead)
		return UTF8_INVALID;
	for (size_t index = 1; index <= lead->following; index++) {
		uint8_t low = index == 1 ? lead->second_low : 0x80;
		uint8_t high = index == 1 ? lead->second_high : 0xbf;

		if (index == text.length)
			return UTF8_CUT;
		if (bytes[index] < low || bytes[index] > high)
			return UTF8_INVALID;
	}
	*length = (size_t)lead->following + 1;
	return UTF8_VALID;
}

static enum utf8 utf8_check(struct span text)
{
	while (text.length > 0) {
		size_t length = 0;
		enum utf8 first = utf8_first(text, &length);

		if (first != UTF8_VALID)
			return first;
		text = span_from(text, length);
	}
	return UTF8_VALID;
}

/* The white space of ECMAScript (WhiteSpace and LineTerminator), which is what trimEnd removes. */
static const char *const white_space[] = {
    "\t",	    "\n",	    "\v",	    "\f",	    "\r",	    " ",
    "\xc2\xa0",	    "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83",
    "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89",
    "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
    "\xef\xbb\xbf",
};

static bool begins_with_white_space(struct span text)
{
	for (size_t index = 0; index < sizeof(white_space) / sizeof(*white_space); index++)
		if (starts_with(text, white_space[index]))
			return true;
	return false;
}

/* The length of the white space character at the end of the text, 0 if there is none. */
static size_t final_white_space(struct span text)
{
	for (size_t index = 0; index < sizeof(white_space) / sizeof(*white_space); index++) {
		size_t length = strlen(white_space[index]);

		if (text.length >= length &&
		    starts_with(span_from(text, text.length - length), white_space[index]))
			return length;
	}
	return 0;
}

static size_t trimmed_length(struct span text)
{
	size_t final;

	while ((final = final_white_space(text)) > 0)
		text.length -= final;
	return text.length;
}

/* PEM */

#define PEM_BEGIN "-----BEGIN "
#define PEM_END "-----END "
#define PEM_DASHES "-----"

enum marker_state { MARKER_NONE, MARKER_CUT, MARKER_WHOLE };

struct marker {
	struct span label;
	size_t length; /* of the whole marker */
};

/* Reads `-----BEGIN label-----`, or the same with END, at the beginning of the text. */
static enum marker_state read_marker(struct span text, const char *prefix, struct marker *marker)
{
	if (!starts_with(text, prefix))
		return MARKER_NONE;
	struct span rest = span_from(text, strlen(prefix));
	for (size_t index = 0; index < rest.length; index++) {
		if (memchr("\r\n", rest.bytes[index], 2))
			return MARKER_NONE;
		if (starts_with(span_from(rest, index), PEM_DASHES)) {
			marker->label = (struct span){rest.bytes, index};
			marker->length = strlen(prefix) + index + strlen(PEM_DASHES);
			return MARKER_WHOLE;
		}
	}
	return MARKER_CUT;
}

/* Text whose first line is, or may still become, the beginning of a PEM block. */
static bool is_pem(struct span text)
{
	struct marker marker;

	if (text.length < strlen(PEM_BEGIN))
		return memcmp(text.bytes, PEM_BEGIN, text.length) == 0;
	return read_marker(text, PEM_BEGIN, &marker) != MARKER_NONE;
}

/* Line ends only; keys kept in one line have theirs as a backslash and a letter. */
static bool is_only_line_ends(struct span text)
{
	while (text.length > 0) {
		bool escaped = starts_with(text, "\\n") || starts_with(text, "\\r");

		if (!escaped && !memchr("\r\n", text.bytes[0], 2))
			return false;
		text = span_from(text, escaped ? 2 : 1);
	}
	return true;
}

static bool same_span(struct span one, struct span other)
{
	return one.length == other.length &&
	       (one.length == 0 || memcmp(one.bytes, other.bytes, one.length) == 0);
}

/* The last block is closed, and nothing but line ends follows it. */
static bool pem_is_whole(struct span text)
{
	struct span label = {NULL, 0};

	if (text.bytes[text.length - 1] == '\r')
		return false;
	while (text.length > 0) {
		struct marker begin, end;
		size_t step = 1;

		if (read_marker(text, PEM_BEGIN, &begin) == MARKER_WHOLE) {
			label = begin.label;
			step = begin.length;
		} else if (read_marker(text, PEM_END, &end) == MARKER_WHOLE) {
			step = end.length;
			if (same_span(end.label, label) && is_only_line_ends(span_from(text, step)))
				return true;
		}
		text = span_from(text, step);
	}
	return false;
}

static bool plain_is_whole(struct span text)
{
	const char *newline = memchr(text.bytes, '\n', text.length);

	return !newline || newline == text.bytes + text.length - 1;
}

bool commit_is_whole(const char *bytes, size_t length)
{
	struct span text = {bytes, length};

	if (length == 0 || utf8_check(text) == UTF8_CUT)
		return false;
	if (bytes[length - 1] != '\n' && length % PIECE == 0)
		return false;
	if (is_pem(text))
		return pem_is_whole(text);
	enum json_prefix json = json_prefix(bytes, length);
	if ((bytes[0] == '{' || bytes[0] == '[') && json != JSON_NEVER)
		return json == JSON_WHOLE;
	return plain_is_whole(text);
}

#define PLACEHOLDER_PROBLEM \
	"the value holds the line that a read of a secret gives, or a part of it"

const char *commit_problem_so_far(const char *bytes, size_t length)
{
	struct span text = {bytes, length};

	if (length > 0 && memchr(bytes, '\0', length))
		return "the value contains a NUL byte; a secret is text";
	if (utf8_check(text) == UTF8_INVALID)
		return "the value is not UTF-8; encode it, for instance with base64";
	if (length > 0 && memmem(bytes, length, PLACEHOLDER_MARK, strlen(PLACEHOLDER_MARK)))
		return PLACEHOLDER_PROBLEM;
	return NULL;
}

static bool is_word(char byte)
{
	return byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z');
}

/* The end of the placeholder, with the whole of that name. */
static bool holds_rest(struct span text, const char *name)
{
	const char *rest;

	while (
	    (rest = memmem(text.bytes, text.length, PLACEHOLDER_REST, strlen(PLACEHOLDER_REST)))) {
		text = span_from(text, (size_t)(rest - text.bytes) + strlen(PLACEHOLDER_REST));
		if (starts_with(text, name) &&
		    (text.length == strlen(name) || !is_word(text.bytes[strlen(name)])))
			return true;
	}
	return false;
}

/* A value of one line loses its line end; one of several lines is kept as it came. */
static size_t strip1_length(struct span text)
{
	if (text.length == 0 || text.bytes[text.length - 1] != '\n')
		return text.length;
	size_t length = text.length - 1;
	if (memchr(text.bytes, '\n', length))
		return text.length;
	return length > 0 && text.bytes[length - 1] == '\r' ? length - 1 : length;
}

static const char *white_space_problem(struct span text)
{
	if (trimmed_length(text) == 0)
		return "the value is nothing but white space; -o newline=keep would store it";
	if (memchr(text.bytes, '\n', text.length))
		return NULL;
	if (begins_with_white_space(text))
		return "the value begins with white space; -o newline=trim or newline=keep would "
		       "store it";
	if (final_white_space(text) > 0)
		return "the value ends with white space; -o newline=trim would drop it, "
		       "newline=keep would store it";
	return NULL;
}

const char *commit_problem(const char *name, const char *bytes, size_t length,
			   enum newline_rule rule, size_t *stored)
{
	struct span text = {bytes, length};
	const char *problem = commit_problem_so_far(bytes, length);

	*stored = 0;
	if (problem)
		return problem;
	if (holds_rest(text, name))
		return PLACEHOLDER_PROBLEM;
	if (utf8_check(text) == UTF8_CUT)
		return "the value ends inside a UTF-8 character";
	if (rule == NEWLINE_STRIP1)
		text.length = strip1_length(text);
	else if (rule == NEWLINE_TRIM)
		text.length = trimmed_length(text);
	if (text.length == 0)
		return "the value is empty";
	if (rule == NEWLINE_STRIP1)
		problem = white_space_problem(text);
	if (!problem)
		*stored = text.length;
	return problem;
}

struct outcome commit_outcome_of(const char *problem)
{
	if (!problem)
		return (struct outcome){.kind = OUTCOME_OK};
	return outcome_advise(outcome_make(OUTCOME_BAD_VALUE, "%s", problem),
			      "nothing was sent: write the value itself, from where you keep it");
}

struct outcome commit_outcome(const char *name, const char *bytes, size_t length,
			      enum newline_rule rule, size_t *stored)
{
	return commit_outcome_of(commit_problem(name, bytes, length, rule, stored));
}
