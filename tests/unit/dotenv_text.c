/* SPDX-License-Identifier: MIT */
#include "../../backends/dotenv_text.h"
#include "dotenv_reader.h"
#include "unit.h"
#include <jansson.h>

/*
 * Without arguments: the checks. With `--lines`: one edit a line, as JSON, for
 * tests/clients/dotenv-agreement.sh, which compares with the real reader.
 */

static struct arena *arena;

static struct value *value_of(const char *text)
{
	struct value *value = value_new(arena, 2 * 1024 * 1024);

	if (!value || !value_append(value, text, strlen(text)))
		abort();
	return value;
}

/* Sets (unsets where value is NULL) and returns the kind; the text is in out. */
static enum outcome_kind edit(const char *text, const char *name, const char *value,
			      struct value *out)
{
	struct value *old = value_of(text), *new = value ? value_of(value) : NULL;
	struct outcome outcome =
	    value ? dotenv_set(old, name, new, out) : dotenv_unset(old, name, out);

	CHECK(outcome.kind == OUTCOME_OK || value_length(out) == 0);
	CHECK((outcome.kind == OUTCOME_OK) == (outcome.message[0] == '\0'));
	value_free(new);
	value_free(old);
	return outcome.kind;
}

static void check_edit(const char *text, const char *name, const char *value, const char *expected)
{
	struct value *out = value_of("");

	CHECK(edit(text, name, value, out) == OUTCOME_OK);
	CHECK_TEXT(value_bytes(out), expected);
	value_free(out);
}

static void check_refusal(const char *text, const char *name, const char *value,
			  enum outcome_kind kind)
{
	struct value *out = value_of("");

	CHECK(edit(text, name, value, out) == kind);
	value_free(out);
}

/* The names with a space behind each, in the text's order. */
static void check_names(const char *text, const char *expected)
{
	struct value *value = value_of(text);
	struct secret_names *names = calloc(1, sizeof(*names));
	char joined[500] = "";

	CHECK(dotenv_list(value, names));
	for (size_t i = 0; i < names->count; i++) {
		CHECK(dotenv_has(value, names->items[i].name));
		CHECK(!names->items[i].key && names->items[i].missing == 0);
		strcat(strcat(joined, names->items[i].name), " ");
	}
	CHECK_TEXT(joined, expected);
	secret_names_free(names);
	value_free(value);
}

static void test_list(void)
{
	check_names("", "");
	check_names("A=1\nB=2\nA=3\n", "A B ");
	check_names("# A=1\n  B = 2\n\texport C=3\nD: 4\nE:5\nF\n", "B C D ");
	check_names("1.a-b=x\n-=y\n", "1.a-b - ");
	check_names("A='x\nB=1\n'\nC=2", "A C ");
	check_names("A=\"x\nB=1\nC=2", "A B C ");
	check_names("A='x\\'\nB=1\n'\nC=2", "A C ");
	check_names("A='x\\'\nB=1\nC=2", "A B C ");
	check_names("A=`x\r\nB=1\r\n` # c\r\nC=2\r\n", "A C ");
	check_names("A=1\rB=2\rC=3", "A B C ");
	check_names("\xef\xbb\xbf"
		    "A=1\n",
		    "A ");
	check_names("export=1\nexport =2\nexport\nX=3", "export X ");
	check_names("A\n=1\nB:\nC=2\n", "A B ");
	check_names("A=1 B=2\n", "A ");
	check_names("__proto__=1\nA=2\n", "A ");
	check_names("# x\u2028A=1\n", "A ");
}

static void test_has(void)
{
	struct value *text = value_of("A='\nB=1\n'\nCC=2\n__proto__=3\n");

	CHECK(dotenv_has(text, "A"));
	CHECK(!dotenv_has(text, "B"));
	CHECK(!dotenv_has(text, "C"));
	CHECK(dotenv_has(text, "CC"));
	CHECK(!dotenv_has(text, "CCC"));
	CHECK(!dotenv_has(text, ""));
	CHECK(!dotenv_has(text, "__proto__"));
	value_free(text);
}

static void test_quoting(void)
{
	check_edit("", "A", "word-1.2_/:@%+,=", "A=word-1.2_/:@%+,=\n");
	check_edit("", "A", "two words", "A='two words'\n");
	check_edit("", "A", "", "A=''\n");
	check_edit("", "A", " x ", "A=' x '\n");
	check_edit("", "A", "$HOME", "A='$HOME'\n");
	check_edit("", "A", "a#b", "A='a#b'\n");
	check_edit("", "A", "it's", "A=\"it's\"\n");
	check_edit("", "A", "it's \\n", "A=`it's \\n`\n");
	check_edit("", "A", "'\"", "A=`'\"`\n");
	check_edit("", "A", "a'\"`", "A=a'\"`\n");
	check_edit("", "A", "x\\", "A=x\\\n");
	check_edit("", "A", "x\ny", "A='x\ny'\n");
	check_edit("", "A", "x\r\ny'", "A=\"x\\r\\ny'\"\n");
	check_edit("", "A", "\\\r", "A=\"\\\\r\"\n");
	check_edit("", "A", "\u00a0x", "A='\u00a0x'\n");
}

static void test_refusals(void)
{
	struct value *text = value_of("A=1\n"), *value = value_of(""), *out = value_of("");

	check_refusal("", "A", "'\"`", OUTCOME_BAD_VALUE);
	check_refusal("", "A", "x'\"`#", OUTCOME_BAD_VALUE);
	check_refusal("", "A", "x\ny\\", OUTCOME_BAD_VALUE);
	check_refusal("", "A", "#\\", OUTCOME_BAD_VALUE);
	check_refusal("", "A", "x\r\"", OUTCOME_BAD_VALUE);
	check_refusal("", "A", "\\n\r", OUTCOME_BAD_VALUE);
	check_refusal("", "A", "\xff", OUTCOME_BAD_VALUE);
	check_refusal("", "A", "\xed\xa0\x80", OUTCOME_BAD_VALUE);
	check_refusal("", "A", "\xf0\x9f\x98", OUTCOME_BAD_VALUE);
	check_refusal("", "A B", "x", OUTCOME_BAD_NAME);
	check_refusal("", "", "x", OUTCOME_BAD_NAME);
	check_refusal("", "\u00e9", "x", OUTCOME_BAD_NAME);
	check_refusal("", "__proto__", "x", OUTCOME_BAD_NAME);
	check_refusal("B:", "A", "x", OUTCOME_LOCAL_ERROR);

	check_refusal("A=1\n", "B", NULL, OUTCOME_SECRET_NOT_FOUND);
	check_refusal("B=\nA='x'\n'y'\n", "A", NULL, OUTCOME_LOCAL_ERROR);
	CHECK(value_append(value, "a\0b", 3));
	CHECK(dotenv_set(text, "A", value, out).kind == OUTCOME_BAD_VALUE);
	CHECK(value_length(out) == 0);
	value_free(out);
	value_free(value);
	value_free(text);
}

static void test_set_in_place(void)
{
	check_edit("A=1\n# c\nB=\"2\" # d\n\nC='3'\n", "B", "x y",
		   "A=1\n# c\nB='x y' # d\n\nC='3'\n");
	check_edit("export  A = old\n", "A", "new", "export  A = new\n");
	check_edit("A: old # c\n", "A", "new", "A: new # c\n");
	check_edit("A=old#c\n", "A", "x y", "A='x y'#c\n");
	check_edit("A=# c\n", "A", "x", "A=x# c\n");
	check_edit("A=   # c\n", "A", "x", "A=x   # c\n");
	check_edit("A=1\nA=2\nB=3\n", "A", "x", "A=1\nA=x\nB=3\n");
	check_edit("A='1\nB=2\n' # c\nB=3", "B", "x", "A='1\nB=2\n' # c\nB=x");
	check_edit("A='1\nB=2\n' # c\nB=3", "A", "x", "A=x # c\nB=3");
	check_edit("A=\n\"1\"\nB=3", "A", "x", "A=x\nB=3");
	check_edit("A=\n\"1\"\nB=3", "A", "x y", "A=\n'x y'\nB=3");
	check_edit("A=1\r\nB=2\r\n", "A", "x\ny", "A='x\r\ny'\r\nB=2\r\n");
	check_edit("A:\n1\n", "A", "x", "A:\nx\n");
	check_edit("  A=1  \n", "A", "x", "  A=x  \n");
}

static void test_add(void)
{
	check_edit("A=1", "B", "2", "A=1\nB=2\n");
	check_edit("A=1\n", "B", "2", "A=1\nB=2\n");
	check_edit("A=1\r\nC=3", "B", "2", "A=1\r\nC=3\r\nB=2\r\n");
	check_edit("A='\nB=1\n'\n", "B", "2", "A='\nB=1\n'\nB=2\n");
	check_edit("#B=1", "B", "2", "#B=1\nB=2\n");
	check_edit("A='x\n", "B", "it's", "A='x\nB=\"it's\"\n");
	check_edit("A='x\n", "B", "\n#", "A='x\nB=\"\n#\"\n");
}

static void test_unset(void)
{
	check_edit("A=1\n# c\nB=2 # d\n# e\nC=3\n", "B", NULL, "A=1\n# c\n# e\nC=3\n");
	check_edit("A=1\nB=2\nA=3\n", "A", NULL, "B=2\n");
	check_edit("A='x\nB=2\n'\nB=3\n", "A", NULL, "B=3\n");
	check_edit("A='x\nB=2\n'\nB=3\n", "B", NULL, "A='x\nB=2\n'\n");
	check_edit("\n\nexport A=1", "A", NULL, "\n\n");
	check_edit("A=1\r\nB=2\r\n", "A", NULL, "B=2\r\n");
	check_edit("A:\n# c\nB=2\n", "A", NULL, "# c\nB=2\n");
	check_edit("A=", "A", NULL, "");
}

static void test_ceiling(void)
{
	struct value *text = value_of("A=1\nB=2\n"), *value = value_of("x");
	struct value *out = value_new(arena, 8);

	CHECK(dotenv_set(text, "B", value, out).kind == OUTCOME_OK);
	CHECK_TEXT(value_bytes(out), "A=1\nB=x\n");
	value_truncate(out, 2);
	CHECK(dotenv_set(text, "B", value, out).kind == OUTCOME_NO_MEMORY);
	CHECK(dotenv_unset(text, "A", out).kind == OUTCOME_OK);
	CHECK_TEXT(value_bytes(out), "A=B=2\n");
	CHECK(dotenv_unset(text, "A", out).kind == OUTCOME_NO_MEMORY);
	CHECK_TEXT(value_bytes(out), "A=B=2\n");
	value_free(out);
	value_free(value);
	value_free(text);
}

/* A text on which a naive scanner would need the square of its length. */
static void test_long(void)
{
	struct value *text = value_of(""), *value = value_of("x"), *out = value_of("");
	bool fits = true;

	for (size_t i = 0; fits && i < 250000; i++)
		fits = value_append(text, i % 2 ? "\n \n" : "A\n\n\n", i % 2 ? 3 : 4);
	CHECK(fits);
	CHECK(dotenv_set(text, "B", value, out).kind == OUTCOME_OK);
	CHECK(value_length(out) == value_length(text) + 4);
	value_free(out);
	value_free(value);
	value_free(text);
}

static uint64_t state = 20240229;

/* xorshift64 (Marsaglia 2003): the same texts in every run. */
static size_t below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % limit;
}

static const char *pick(const char *const *pieces, size_t count)
{
	return pieces[below(count)];
}

#define PICK(pieces) pick(pieces, sizeof(pieces) / sizeof(*(pieces)))

static void generate_value(char *out)
{
	static const char *const pieces[] = {
	    "a",    "Zz9",	  " ",	 "'",	   "\"",     "`",   "\\",   "#",   "=",	   "$A",
	    "${A}", "\n",	  "A=b", "\u00e9", "\t",     "\\n", "\r",   "\\r", "//",   ": ",
	    "-",    "\U0001f600", "{",	 "\u2028", "\u3000", "B: ", "\r\n", "x",   "word", "12",
	};

	*out = '\0';
	for (size_t left = below(8); left; left--)
		strcat(out, below(3) ? pieces[0] : PICK(pieces));
	for (size_t left = below(5); left; left--)
		strcat(out, PICK(pieces));
}

static void generate_text(char *out, bool ascii)
{
	static const char *const pieces[] = {
	    "A=1",
	    "B='two words'",
	    "C=\"x\\ny\"",
	    "# comment",
	    "# it's",
	    "export D=4",
	    "E: five",
	    "F=`\n`",
	    "A='\nB=3\n'",
	    "junk",
	    "",
	    "  ",
	    "G=a # c",
	    "C=\"\nA=1\n\"",
	    "A=",
	    "B = '1' #x",
	    "D=it's",
	    "E='a\\'",
	    "F=\"a\\\"",
	    "__proto__=x",
	    "G.h-1=\"a\" b",
	    "export",
	    "A:",
	    "'x'",
	    "B=\\",
	    "=",
	};
	static const char *const wide[] = {"\u2028", "\u00a0", "\ufeff", "\r", "\u3000=", "\r\n"};
	const char *newline = ascii || below(3) ? "\n" : "\r\n";

	*out = '\0';
	for (size_t left = below(9); left; left--) {
		strcat(out, PICK(pieces));
		if (!ascii && below(6) == 0)
			strcat(out, PICK(wide));
		strcat(out, left > 1 || below(3) ? newline : "");
	}
}

static void check_names_agree(const char *text)
{
	struct value *value = value_of(text);
	struct reader *reader = reader_new(text, strlen(text));
	struct secret_names *names = calloc(1, sizeof(*names));

	CHECK(dotenv_list(value, names));
	CHECK(names->count == reader->count - (reader_find(reader, "__proto__") != NULL));
	for (size_t i = 0; i < names->count; i++)
		CHECK(reader_find(reader, names->items[i].name));
	secret_names_free(names);
	reader_free(reader);
	value_free(value);
}

/* The other names have kept their values. */
static void check_others(struct reader *old, struct reader *new, const char *name)
{
	for (size_t i = 0; i < old->count; i++) {
		struct reader_entry *entry = &old->entries[i];
		struct reader_entry *now = reader_find(new, entry->name);

		if (strcmp(entry->name, name) != 0)
			CHECK_TEXT(now ? now->value : NULL, entry->value);
	}
	CHECK(new->count ==
	      old->count - (reader_find(old, name) != NULL) + (reader_find(new, name) != NULL));
}

/* Only bytes of the value have changed (text of ASCII, where places are the reader's). */
static void check_bytes_kept(const struct reader_entry *old, const char *text, const char *now)
{
	size_t from_end = strlen(text) - old->value_end, kept = strlen(now) - from_end;

	if (old->value_end == 0)
		return;
	CHECK(!strncmp(text, now, old->value_start));
	CHECK(strlen(now) >= from_end && !strcmp(text + old->value_end, now + kept));
}

static void check_random_set(const char *text, const char *name, const char *value, bool ascii)
{
	struct value *out = value_of(""), *again = value_of("");
	struct reader *old = reader_new(text, strlen(text)), *new;
	struct reader_entry *before = reader_find(old, name), *entry;

	if (edit(text, name, value, out) == OUTCOME_OK) {
		new = reader_new(value_bytes(out), value_length(out));
		entry = reader_find(new, name);
		CHECK_TEXT(entry ? entry->value : NULL, value);
		check_others(old, new, name);
		if (before && ascii)
			check_bytes_kept(before, text, value_bytes(out));
		if (!before)
			CHECK(!strncmp(text, value_bytes(out), strlen(text)));
		CHECK(edit(value_bytes(out), name, value, again) == OUTCOME_OK);
		CHECK_TEXT(value_bytes(again), value_bytes(out));
		reader_free(new);
	}
	reader_free(old);
	value_free(again);
	value_free(out);
}

static void check_random_unset(const char *text, const char *name)
{
	struct value *out = value_of("");
	struct reader *old = reader_new(text, strlen(text)), *new;
	enum outcome_kind kind = edit(text, name, NULL, out);

	CHECK((kind == OUTCOME_SECRET_NOT_FOUND) == !reader_find(old, name));
	if (kind == OUTCOME_OK) {
		new = reader_new(value_bytes(out), value_length(out));
		CHECK(!reader_find(new, name));
		check_others(old, new, name);
		reader_free(new);
	}
	reader_free(old);
	value_free(out);
}

static void test_random(void)
{
	static const char *const names[] = {"A", "B", "C", "D", "E", "F", "G", "NEW", "G.h-1"};
	char text[1000], value[500];
	size_t stored = 0, tried = 20000;

	for (size_t i = 0; i < tried; i++) {
		const char *name = PICK(names);
		bool ascii = below(2);
		struct value *out = value_of("");

		generate_text(text, ascii);
		generate_value(value);
		check_names_agree(text);
		check_random_set(text, name, value, ascii);
		check_random_unset(text, name);
		stored += edit("", name, value, out) == OUTCOME_OK;
		value_free(out);
	}
	/* Most values can be stored, or the checks above said little. */
	CHECK(stored > tried / 2 && stored < tried);
}

static json_t *edit_line(const json_t *line)
{
	const char *name = "", *bytes = NULL, *text = "";
	struct value *out = value_of("");
	json_error_t error;
	json_t *answer;
	enum outcome_kind kind;

	if (json_unpack_ex((json_t *)line, &error, 0, "{s:s,s:s,s?:s}", "text", &text, "name",
			   &name, "value", &bytes) < 0)
		fprintf(stderr, "bad line: %s\n", error.text);
	kind = edit(text, name, bytes, out);
	answer = json_pack("{s:b,s:s}", "stored", kind == OUTCOME_OK, "text", value_bytes(out));
	value_free(out);
	return answer;
}

static json_t *list_line(const json_t *line)
{
	struct value *text = value_of(json_string_value(json_object_get(line, "text")));
	struct secret_names *names = calloc(1, sizeof(*names));
	json_t *array = json_array();

	CHECK(dotenv_list(text, names));
	for (size_t i = 0; i < names->count; i++)
		json_array_append_new(array, json_string(names->items[i].name));
	secret_names_free(names);
	value_free(text);
	return array;
}

/* {"text","name","value"} sets, without value unsets, without name lists. */
static int answer_lines(void)
{
	char *bytes = NULL;
	size_t size = 0;

	while (getline(&bytes, &size, stdin) > 0) {
		json_t *line = json_loads(bytes, 0, NULL);
		json_t *answer = json_object_get(line, "name") ? edit_line(line) : list_line(line);

		json_dumpf(answer, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
		putchar('\n');
		fflush(stdout);
		json_decref(answer);
		json_decref(line);
	}
	free(bytes);
	return unit_failures != 0;
}

int main(int argc, char **argv)
{
	bool locked;
	int result;

	arena = arena_new((size_t)16 * 1024 * 1024, &locked);
	if (!arena)
		return 1;
	if (argc > 1 && !strcmp(argv[1], "--lines")) {
		result = answer_lines();
	} else {
		test_list();
		test_has();
		test_quoting();
		test_refusals();
		test_set_in_place();
		test_add();
		test_unset();
		test_ceiling();
		test_long();
		test_random();
		result = unit_result();
	}
	arena_free(arena);
	return result;
}
