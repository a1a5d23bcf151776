/* SPDX-License-Identifier: MIT */
#include "../../fs/commit.h"
#include "../../fs/json_prefix.h"
#include "lib/fuzz.h"
#include <jansson.h>

/* The commit rule over every beginning of a value, as it grows byte by byte. */

enum { LENGTH_MAX = 1600, PIECE = 512 };

/* True if the text is cut inside a character, where all before it is UTF-8. */
static bool is_cut(const char *text, size_t length)
{
	for (size_t back = 1; back <= 3 && back <= length; back++) {
		uint8_t byte = (uint8_t)text[length - back];
		size_t needed = byte < 0xc2 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;

		if ((byte & 0xc0) != 0x80)
			return byte <= 0xf4 && needed > back && fuzz_is_utf8(text, length - back) &&
			       (back == 1 || commit_problem_so_far(text, length) == NULL);
	}
	return false;
}

static void check_whole(const char *text, size_t length)
{
	MUST(length > 0 && !is_cut(text, length));
	MUST(text[length - 1] == '\n' || length % PIECE != 0);
	if (!strncmp(text, "-----BEGIN X-----\n", length < 18 ? length : 18))
		MUST(memmem(text, length, "-----END X-----", 15));
}

/* jansson knows what JSON is, but for numbers too large for it, and what it takes for text. */
static void check_json(const char *text, size_t length)
{
	enum json_prefix judged = json_prefix(text, length);
	json_error_t error;
	json_t *json = json_loadb(text, length, JSON_ALLOW_NUL, &error);

	if (json)
		MUST(judged == JSON_WHOLE);
	else if (json_error_code(&error) == json_error_premature_end_of_input && length > 0 &&
		 text[length - 1] != '\\')
		MUST(judged != JSON_WHOLE);
	if (judged == JSON_PREFIX)
		MUST(!json);
	json_decref(json);
}

/* What is said of a beginning holds for all that goes on from it. */
static void check_growth(const char *text, size_t length)
{
	enum json_prefix before = json_prefix(text, length - 1), now = json_prefix(text, length);

	if (before == JSON_NEVER && length > 1)
		MUST(now == JSON_NEVER);
	if (before == JSON_WHOLE)
		MUST(now == JSON_NEVER ||
		     (now == JSON_WHOLE && strchr(" \t\r\n", text[length - 1])));
	if (commit_problem_so_far(text, length - 1))
		MUST(commit_problem_so_far(text, length));
}

static void check_stored(const char *text, size_t length)
{
	for (int rule = NEWLINE_STRIP1; rule <= NEWLINE_TRIM; rule++) {
		size_t stored = length + 1;
		const char *problem =
		    commit_problem("X", text, length, (enum newline_rule)rule, &stored);

		MUST(problem ? stored == 0 : stored > 0 && stored <= length);
		MUST(problem || (fuzz_is_utf8(text, length) && !memchr(text, 0, length)));
		MUST(problem || !memmem(text, stored, PLACEHOLDER_MARK, strlen(PLACEHOLDER_MARK)));
		if (!problem && rule == NEWLINE_KEEP)
			MUST(stored == length);
		if (!problem && rule == NEWLINE_STRIP1 && stored < length)
			MUST(text[length - 1] == '\n' && !memchr(text, '\n', stored) &&
			     (length - stored == 1 ||
			      (length - stored == 2 && text[length - 2] == '\r')));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length > LENGTH_MAX)
		return 0;
	for (size_t end = 1; end <= length; end++) {
		char *text = fuzz_bytes((struct fuzz_input){bytes, end});

		if (commit_is_whole(text, end))
			check_whole(text, end);
		if (text[0] == '{' || text[0] == '[')
			check_growth(text, end);
		if (end == length || end % 16 == 0) {
			if (text[0] == '{' || text[0] == '[')
				check_json(text, end);
			check_stored(text, end);
		}
		free(text);
	}
	return 0;
}
