/* SPDX-License-Identifier: MIT */
#include "dotenv_text.h"
#include "dotenv_scan.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

static struct dotenv_bytes text_of(const struct value *value, size_t from)
{
	return (struct dotenv_bytes){value_bytes(value) + from, value_length(value) - from};
}

static bool same_bytes(struct dotenv_bytes text, struct dotenv_span span, struct dotenv_bytes other,
		       struct dotenv_span at)
{
	return span.end - span.start == at.end - at.start &&
	       !memcmp(text.bytes + span.start, other.bytes + at.start, span.end - span.start);
}

static bool is_named(struct dotenv_bytes text, const struct dotenv_assignment *assignment,
		     const char *name)
{
	struct dotenv_bytes other = {name, strlen(name)};

	return same_bytes(text, assignment->name, other, (struct dotenv_span){0, other.length});
}

/* An assignment of this name to a JavaScript object is ignored if it is text. */
static bool is_lost_name(const char *name)
{
	return !strcmp(name, "__proto__");
}

bool dotenv_list(const struct value *value, struct secret_names *names)
{
	struct dotenv_bytes text = text_of(value, 0);
	struct dotenv_assignment assignment = {0};
	bool added = true;

	while (added && dotenv_next(text, &assignment)) {
		struct dotenv_span span = assignment.name;
		char *name = strndup(text.bytes + span.start, span.end - span.start);

		added = name && (is_lost_name(name) || secret_names_add(names, name, false, 0, 1));
		free(name);
	}
	return added;
}

/* Finds the last assignment of the name and its number among all; returns how many it has. */
static size_t find_last(struct dotenv_bytes text, const char *name, struct dotenv_assignment *found,
			size_t *number)
{
	struct dotenv_assignment assignment = {0};
	size_t count = 0;

	for (size_t i = 0; dotenv_next(text, &assignment); i++) {
		if (!is_named(text, &assignment, name))
			continue;
		*found = assignment;
		*number = i;
		count++;
	}
	return count;
}

bool dotenv_has(const struct value *text, const char *name)
{
	struct dotenv_assignment found;
	size_t number;

	return !is_lost_name(name) && find_last(text_of(text, 0), name, &found, &number);
}

/* How a value may be written, the simplest first. */
enum quoting {
	QUOTING_PLAIN, /* a word for every shell too */
	QUOTING_SINGLE,
	QUOTING_DOUBLE,
	QUOTING_BACKTICK,
	QUOTING_ESCAPED, /* double, with `\n` and `\r`, which dotenv expands in double quotes only
			  */
	QUOTING_BARE,	 /* what only dotenv takes for a word */
	QUOTINGS
};

static const char quote_of[QUOTINGS] = {
    [QUOTING_SINGLE] = '\'',
    [QUOTING_DOUBLE] = '"',
    [QUOTING_BACKTICK] = '`',
    [QUOTING_ESCAPED] = '"',
};

static bool contains(struct dotenv_bytes text, const char *word)
{
	return memmem(text.bytes, text.length, word, strlen(word)) != NULL;
}

static bool is_plain(struct dotenv_bytes text)
{
	for (size_t i = 0; i < text.length; i++)
		if (!dotenv_is_name_byte(text.bytes[i]) && !strchr("/:@%+,=", text.bytes[i]))
			return false;
	return text.length > 0;
}

static bool is_bare(struct dotenv_bytes text)
{
	struct dotenv_span all = {0, text.length};

	return text.length > 0 && same_bytes(text, dotenv_trim(text, all), text, all) &&
	       !strchr("'\"`", text.bytes[0]) && !contains(text, "#") && !contains(text, "\n") &&
	       !contains(text, "\r") && !contains(text, "\u2028") && !contains(text, "\u2029");
}

/*
 * dotenv has no escape for a quote, and none for a backslash: at the end of a value it would make
 * the closing quote part of it, depending on the lines that follow.
 */
static bool is_quotable(struct dotenv_bytes text, enum quoting quoting)
{
	char quote = quote_of[quoting];
	bool expands = quote == '"';

	return !memchr(text.bytes, quote, text.length) &&
	       !(text.length && text.bytes[text.length - 1] == '\\') &&
	       !(expands && (contains(text, "\\n") || contains(text, "\\r"))) &&
	       (quoting == QUOTING_ESCAPED || !contains(text, "\r"));
}

static bool can_stand(struct dotenv_bytes text, enum quoting quoting)
{
	if (quoting == QUOTING_PLAIN)
		return is_plain(text);
	if (quoting == QUOTING_BARE)
		return is_bare(text);
	return is_quotable(text, quoting);
}

static const char *newline_of(struct dotenv_bytes text)
{
	const char *newline = memchr(text.bytes, '\n', text.length);

	return newline && newline > text.bytes && newline[-1] == '\r' ? "\r\n" : "\n";
}

static bool append_text(struct value *out, const char *bytes)
{
	return value_append(out, bytes, strlen(bytes));
}

static bool append_span(struct value *out, struct dotenv_bytes text, size_t start, size_t end)
{
	return value_append(out, text.bytes + start, end - start);
}

static bool append_inside(struct value *out, struct dotenv_bytes text, enum quoting quoting,
			  const char *newline)
{
	bool escaped = quoting == QUOTING_ESCAPED, fits = true;
	size_t from = 0;

	for (size_t i = 0; fits && i < text.length; i++) {
		if (text.bytes[i] == '\n')
			fits = append_span(out, text, from, i) &&
			       append_text(out, escaped ? "\\n" : newline);
		else if (text.bytes[i] == '\r')
			fits = append_span(out, text, from, i) && append_text(out, "\\r");
		else
			continue;
		from = i + 1;
	}
	return fits && append_span(out, text, from, text.length);
}

static bool append_quoted(struct value *out, struct dotenv_bytes text, enum quoting quoting,
			  const char *newline)
{
	const char quote[2] = {quote_of[quoting], '\0'};

	return append_text(out, quote) && append_inside(out, text, quoting, newline) &&
	       append_text(out, quote);
}

/* A change of one assignment, and where its value is to stand in the new text. */
struct edit {
	struct dotenv_bytes text;
	const char *name;
	bool adds;
	size_t number;		     /* of the assignment among all */
	struct dotenv_span replaced; /* of the old text */
	struct dotenv_span written;  /* of the new one */
};

static bool append_added_name(struct value *out, const struct edit *edit, const char *newline)
{
	struct dotenv_bytes text = edit->text;
	bool unended = text.length && !strchr("\r\n", text.bytes[text.length - 1]);

	return append_text(out, unended ? newline : "") && append_text(out, edit->name) &&
	       append_text(out, "=");
}

static bool append_edited(struct value *out, struct edit *edit, struct dotenv_bytes value,
			  enum quoting quoting)
{
	const char *newline = newline_of(edit->text);
	size_t base = value_length(out);
	bool fits = append_span(out, edit->text, 0, edit->replaced.start) &&
		    (!edit->adds || append_added_name(out, edit, newline));

	edit->written.start = value_length(out) - base;
	fits = fits && append_quoted(out, value, quoting, newline);
	edit->written.end = value_length(out) - base;
	return fits && append_text(out, edit->adds ? newline : "") &&
	       append_span(out, edit->text, edit->replaced.end, edit->text.length);
}

/* True if the new text reads as the old one but for the edited assignment, and that as written. */
static bool reads_as_meant(const struct edit *edit, struct dotenv_bytes text)
{
	struct dotenv_assignment old = {0}, new = {0};

	for (size_t i = 0; dotenv_next(text, &new); i++) {
		bool edited = i == edit->number;

		if (!(edited && edit->adds) && !dotenv_next(edit->text, &old))
			return false;
		if (edited &&
		    (!is_named(text, &new, edit->name) || new.value.start != edit->written.start ||
		     new.value.end != edit->written.end))
			return false;
		if (!edited && (!same_bytes(text, new.name, edit->text, old.name) ||
				!same_bytes(text, new.value, edit->text, old.value)))
			return false;
	}
	return !dotenv_next(edit->text, &old);
}

static struct outcome in_the_way(const char *name)
{
	return outcome_advise(
	    outcome_make(OUTCOME_LOCAL_ERROR,
			 "%s cannot be changed without changing another assignment in the file",
			 name),
	    "Look for an unclosed quote or a name without a value, and mend it by hand.");
}

static struct outcome no_memory(void)
{
	return outcome_make(OUTCOME_NO_MEMORY, "no room for the text of the dotenv file");
}

static struct outcome not_in_the_file(const char *name)
{
	return outcome_make(OUTCOME_SECRET_NOT_FOUND, "the file assigns no %s", name);
}

static bool is_name(const char *name)
{
	const char *byte = name;

	while (dotenv_is_name_byte(*byte))
		byte++;
	return byte != name && !*byte && !is_lost_name(name);
}

static struct outcome not_text(const char *name)
{
	return outcome_advise(
	    outcome_make(OUTCOME_BAD_VALUE,
			 "%s: a dotenv file holds UTF-8 text without NUL, which the value is not",
			 name),
	    "Store it base64-encoded and decode it in the Worker.");
}

static struct outcome not_quotable(const char *name)
{
	return outcome_advise(
	    outcome_make(OUTCOME_BAD_VALUE,
			 "%s: no quoting in a dotenv file would read back to the same value", name),
	    "Quotes of all three kinds, carriage returns beside \" or \\n, and a final backslash "
	    "cannot be escaped there: store the value base64-encoded and decode it in the Worker.");
}

static bool try_edit(struct value *out, struct edit *edit, struct dotenv_bytes value,
		     enum quoting quoting, struct outcome *outcome)
{
	size_t base = value_length(out);

	if (!append_edited(out, edit, value, quoting))
		*outcome = no_memory();
	else if (reads_as_meant(edit, text_of(out, base)))
		*outcome = (struct outcome){.kind = OUTCOME_OK};
	else
		*outcome = in_the_way(edit->name);
	if (outcome->kind != OUTCOME_OK)
		value_truncate(out, base);
	return outcome->kind == OUTCOME_OK;
}

/* Finds what to replace, or the end of the text to add to. */
static void locate(struct edit *edit, struct dotenv_assignment *found)
{
	struct dotenv_assignment assignment = {0};
	size_t count = 0, length = edit->text.length;

	edit->adds = !find_last(edit->text, edit->name, found, &edit->number);
	if (!edit->adds)
		return;
	while (dotenv_next(edit->text, &assignment))
		count++;
	edit->number = count;
	*found = (struct dotenv_assignment){.separator_end = length, .value = {length, length}};
}

/* The second try is for a value that stands on a later line than its name. */
static struct outcome set_checked(struct dotenv_bytes text, const char *name,
				  struct dotenv_bytes value, struct value *out)
{
	struct edit edit = {.text = text, .name = name};
	struct outcome outcome = not_quotable(name);
	struct dotenv_assignment found = {0};

	locate(&edit, &found);
	for (enum quoting quoting = QUOTING_PLAIN; quoting < QUOTINGS; quoting++) {
		if (!can_stand(value, quoting))
			continue;
		edit.replaced = found.value;
		if (try_edit(out, &edit, value, quoting, &outcome))
			break;
		edit.replaced.start = found.separator_end;
		if (try_edit(out, &edit, value, quoting, &outcome))
			break;
	}
	return outcome;
}

struct outcome dotenv_set(const struct value *text, const char *name, const struct value *value,
			  struct value *out)
{
	struct dotenv_bytes bytes = text_of(value, 0);

	if (!is_name(name))
		return outcome_advise(
		    outcome_make(OUTCOME_BAD_NAME, "a dotenv file cannot hold this name: %s", name),
		    "Use letters, digits, underscores, dots and hyphens.");
	if (memchr(bytes.bytes, '\0', bytes.length) || !text_is_utf8(bytes.bytes, bytes.length))
		return not_text(name);
	return set_checked(text_of(text, 0), name, bytes, out);
}

static size_t line_start(struct dotenv_bytes text, size_t at)
{
	while (!dotenv_is_line_start(text, at))
		at--;
	return at;
}

static bool append_without(struct value *out, struct dotenv_bytes text, const char *name)
{
	struct dotenv_assignment assignment = {0};
	size_t from = 0;
	bool fits = true;

	while (fits && dotenv_next(text, &assignment)) {
		size_t end = assignment.value.end;

		if (!is_named(text, &assignment, name))
			continue;
		fits = append_span(out, text, from, line_start(text, assignment.start));
		from = dotenv_is_line_start(text, end) ? end : dotenv_next_line(text, end);
	}
	return fits && append_span(out, text, from, text.length);
}

/* The next assignment of another name. */
static bool next_other(struct dotenv_bytes text, struct dotenv_assignment *assignment,
		       const char *name)
{
	bool found = dotenv_next(text, assignment);

	while (found && is_named(text, assignment, name))
		found = dotenv_next(text, assignment);
	return found;
}

/* True if the new text reads as the old one without the name. */
static bool reads_as_without(struct dotenv_bytes old_text, struct dotenv_bytes text,
			     const char *name)
{
	struct dotenv_assignment old = {0}, new = {0};

	while (dotenv_next(text, &new))
		if (!next_other(old_text, &old, name) ||
		    !same_bytes(text, new.name, old_text, old.name) ||
		    !same_bytes(text, new.value, old_text, old.value))
			return false;
	return !next_other(old_text, &old, name);
}

struct outcome dotenv_unset(const struct value *text, const char *name, struct value *out)
{
	struct outcome outcome = {.kind = OUTCOME_OK};
	size_t base = value_length(out);

	if (!dotenv_has(text, name))
		return not_in_the_file(name);
	if (!append_without(out, text_of(text, 0), name))
		outcome = no_memory();
	else if (!reads_as_without(text_of(text, 0), text_of(out, base), name))
		outcome = in_the_way(name);
	if (outcome.kind != OUTCOME_OK)
		value_truncate(out, base);
	return outcome;
}
