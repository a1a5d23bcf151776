/* SPDX-License-Identifier: MIT */
#include "../../backends/wipe.h"
#include "../../fs/journal_file.h"
#include "unit.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What lines of the journal tell, and what is known of times. */

static char directory[] = "/tmp/hsxfs-past-XXXXXX";
static int directory_fd;

/* ---- lines ---- */

static const char *text_of(const char *text)
{
	return text ? text : "(none)";
}

static void check_line(const char *text, bool in_place, const char *members)
{
	struct journal_line line;
	char all[512];

	CHECK(journal_line_read(&line, text, strlen(text)));
	CHECK(in_place == (line.text != NULL));
	snprintf(all, sizeof(all), "%s %s %s %zu %s %lld %lld", text_of(line.kind),
		 text_of(line.id), text_of(line.path), line.script_count,
		 line.script_count ? line.scripts[line.script_count - 1] : "-", (long long)line.uid,
		 (long long)line.nanoseconds);
	CHECK_TEXT(all, members);
	journal_line_end(&line);
}

static void test_lines(void)
{
	check_line("{\"kind\":\"intent\",\"id\":\"1\",\"path\":\"/a\",\"scripts\":[\"s\",\"t\"],"
		   "\"uid\":1000,\"nanoseconds\":0}",
		   true, "intent 1 /a 2 t 1000 0");
	check_line(
	    "{\"kind\":\"outcome\",\"http\":200,\"scripts\":[],\"other\":[\"x\"],\"uid\":10}", true,
	    "outcome (none) (none) 0 - 10 0");
	/* The same in another form, and with what the form does not have. */
	check_line("{\"kind\" : \"intent\", \"id\":\"1\"}", false, "intent 1 (none) 0 - 0 0");
	check_line("{\"kind\":\"in\\u0074ent\",\"path\":\"/\\u00e9\"}", false,
		   "intent (none) /\xc3\xa9 0 - 0 0");
	check_line("{\"path\":\"/\xc3\xa9\",\"uid\":1}", false, "(none) (none) /\xc3\xa9 0 - 1 0");
	check_line("{\"kind\":\"a\",\"uid\":-1,\"nanoseconds\":1.5,\"id\":null}", false,
		   "a (none) (none) 0 - -1 0");
	check_line("{\"kind\":7,\"scripts\":[1],\"uid\":\"x\"}", false,
		   "(none) (none) (none) 0 - 0 0");
	check_line("{\"kind\":\"a\",\"kind\":7}", false, "(none) (none) (none) 0 - 0 0");
	check_line("{\"uid\":7,\"uid\":\"x\",\"scripts\":[\"s\"],\"scripts\":7}", false,
		   "(none) (none) (none) 0 - 0 0");
	check_line("{\"uid\":7,\"uid\":[\"x\"],\"scripts\":[\"s\"],\"scripts\":\"x\"}", false,
		   "(none) (none) (none) 0 - 0 0");
	check_line("{\"uid\":1234567890123456789}", false,
		   "(none) (none) (none) 0 - 1234567890123456789 0");
	check_line("{}", false, "(none) (none) (none) 0 - 0 0");
}

/* What is no object has no members, wherever it ends. */
static void test_no_lines(void)
{
	static const char whole[] =
	    "{\"kind\":\"intent\",\"id\":\"1\",\"scripts\":[\"s\"],\"uid\":10}";
	static const char *const texts[] = {"[]",
					    "x",
					    "{\"uid\":01}",
					    "{\"uid\":}",
					    "{\"a\":\"b\"} ,",
					    "{\"a\":\"b\",}",
					    "{\"a\":[\"b\",]}",
					    "{\"a\":[,]}",
					    "{\"a\" \"b\"}",
					    "{\"kind\":\"\x01\"}",
					    "{\"kind\":\"\xff\"}"};
	char text[sizeof(whole)] = "";

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check_line(texts[i], false, "(none) (none) (none) 0 - 0 0");
	for (size_t length = 0; length < strlen(whole); length++) {
		check_line(text, false, "(none) (none) (none) 0 - 0 0");
		text[length] = whole[length];
	}
}

static void test_nul(void)
{
	static const char text[] = "{\"kind\":\"a\"}\0{\"kind\":\"b\"}";
	struct journal_line line;

	CHECK(journal_line_read(&line, text, sizeof(text) - 1));
	CHECK(!line.kind);
	journal_line_end(&line);
}

static void test_many_scripts(void)
{
	char text[1024] = "{\"scripts\":[\"s\"";
	struct journal_line line;

	for (int i = 1; i < SECRETS_SCRIPTS_MAX; i++)
		strcat(text, ",\"s\"");
	strcat(text, "]}");
	CHECK(journal_line_read(&line, text, strlen(text)));
	CHECK(line.script_count == SECRETS_SCRIPTS_MAX);
	journal_line_end(&line);
	strcpy(text + strlen(text) - 2, ",\"s\"]}");
	CHECK(journal_line_read(&line, text, strlen(text)));
	CHECK(line.script_count == 0);
	journal_line_end(&line);
}

/* ---- times ---- */

static struct set_time at(time_t second)
{
	return (struct set_time){.when.tv_sec = second, .user = 7};
}

static time_t second_of(const struct set_times *times, const char *account, const char *script,
			const char *name)
{
	struct set_place place = {account, script, name};
	struct set_time found;

	return set_times_find(times, &place, &found) ? found.when.tv_sec : 0;
}

static void set(struct set_times *times, const char *name, time_t second)
{
	struct set_place place = {"a", "s", name};
	struct set_time time = at(second);

	set_times_set(times, &place, &time);
}

static void unset(struct set_times *times, const char *name, time_t second)
{
	struct set_place place = {"a", "s", name};
	struct set_time time = at(second);

	set_times_unset(times, &place, &time);
}

static void test_times(void)
{
	struct set_times *times = set_times_new();

	CHECK(second_of(times, "a", "s", "N") == 0 && second_of(times, "a", "s", "") == 0);
	set(times, "N", 100);
	set(times, "N", 90);
	CHECK(second_of(times, "a", "s", "N") == 100);
	CHECK(second_of(times, "a", "sN", "") == 0 && second_of(times, "as", "", "N") == 0);
	set(times, "N", 110);
	set(times, "M", 105);
	CHECK(second_of(times, "a", "s", "N") == 110 && second_of(times, "a", "s", "") == 110);
	unset(times, "N", 120);
	CHECK(second_of(times, "a", "s", "N") == 0 && second_of(times, "a", "s", "") == 120);
	set(times, "N", 50);
	CHECK(second_of(times, "a", "s", "N") == 50 && second_of(times, "a", "s", "") == 120);
	unset(times, "N", 0);
	unset(times, "never", 0);
	set(times, "X", 0);
	CHECK(second_of(times, "a", "s", "N") == 0 && second_of(times, "a", "s", "X") == 0);
	CHECK(second_of(times, "a", "s", "") == 120);
	set_times_free(times);
}

/* As many as there is room for, and no more, until some are removed. */
static void test_ceiling(void)
{
	struct set_times *times = set_times_new();
	char name[20];
	int count = 0;

	for (int i = 0; i < SET_TIMES_MAX + 100; i++) {
		snprintf(name, sizeof(name), "N%d", i);
		set(times, name, 1000 + i);
	}
	for (int i = 0; i < SET_TIMES_MAX + 100; i++) {
		snprintf(name, sizeof(name), "N%d", i);
		count += second_of(times, "a", "s", name) == 1000 + i;
	}
	CHECK(count == SET_TIMES_MAX - 1);
	CHECK(second_of(times, "a", "s", "N0") == 1000);
	CHECK(second_of(times, "a", "s", "") == 1000 + SET_TIMES_MAX + 99);
	set(times, "N0", 5000000);
	CHECK(second_of(times, "a", "s", "N0") == 5000000);
	unset(times, "N1", 5000001);
	set(times, "after", 5000002);
	set(times, "no-room", 5000003);
	CHECK(second_of(times, "a", "s", "after") == 5000002);
	CHECK(second_of(times, "a", "s", "no-room") == 0 && second_of(times, "a", "s", "N1") == 0);
	set_times_free(times);
}

/* ---- files ---- */

static void append(const char *name, const char *text)
{
	int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* A set of a secret, as far as its outcome. */
static void append_intent(const char *name, int id, const char *secret)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"kind\":\"intent\",\"id\":\"%016d\",\"uid\":7,\"operation\":\"set\","
		 "\"path\":\"/x/y/z/secrets/%s\",\"account\":\"a\",\"scripts\":[\"s\"]}\n",
		 id, secret);
	append(name, text);
}

static void append_end(const char *name, int id, const char *time, const char *outcome)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"time\":\"%s\",\"kind\":\"outcome\",\"id\":\"%016d\",\"outcome\":\"%s\"}\n",
		 time, id, outcome);
	append(name, text);
}

static time_t read_time(const struct journal_past *past, const char *name)
{
	return second_of(journal_past_times(past), "a", "s", name);
}

#define DAY_1 1577836800 /* 2020-01-01T00:00:00Z */
#define DAY ((time_t)86400)

static void write_files(void)
{
	append_intent("audit-1.jsonl", 1, "FIRST");
	append_end("audit-1.jsonl", 1, "2020-01-01T00:00:00Z", "OK");
	append_intent("audit-1.jsonl", 2, "BETWEEN");
	append_intent("audit-1.jsonl", 3, "OPEN");
	append("audit-2.jsonl", "{\"kind\":\"continued\",\"file\":\"audit-1.jsonl\"}\n");
	append_end("audit-2.jsonl", 2, "2020-01-02T00:00:00Z", "OK");
	append_intent("audit-2.jsonl", 4, "REFUSED");
	append_end("audit-2.jsonl", 4, "2020-01-02T00:00:00Z", "EACCES");
	append(JOURNAL_NAME, "{\"kind\":\"continued\",\"file\":\"audit-2.jsonl\"}\n");
	append_intent(JOURNAL_NAME, 5, "LATER");
	append_end(JOURNAL_NAME, 5, "2020-01-03T00:00:00Z", "OK");
	append_intent(JOURNAL_NAME, 6, "UNFINISHED");
	append_end(JOURNAL_NAME, 7, "2020-01-03T00:00:00Z", "OK");
	append_end(JOURNAL_NAME, 6, "2020-01-04T00:00:00Z", "OK");
}

static void check_files(const struct journal_past *past)
{
	CHECK(read_time(past, "FIRST") == DAY_1 && read_time(past, "BETWEEN") == DAY_1 + DAY);
	CHECK(read_time(past, "LATER") == DAY_1 + 2 * DAY && read_time(past, "REFUSED") == 0);
	CHECK(read_time(past, "OPEN") == 0 && read_time(past, "UNFINISHED") == DAY_1 + 3 * DAY);
	CHECK(journal_past_open_intent(past, 0) && !journal_past_open_intent(past, 1));
	CHECK_TEXT(journal_past_open_intent(past, 0)->path, "/x/y/z/secrets/OPEN");
}

/* A line comes in two pieces, and the journal is put aside meanwhile. */
static void test_going_on(struct journal_past *past)
{
	append_intent(JOURNAL_NAME, 8, "PIECES");
	append(JOURNAL_NAME, "{\"time\":\"2020-01-05T00:00:00Z\",\"kind\":\"outc");
	CHECK(journal_past_go_on(past));
	CHECK(read_time(past, "PIECES") == 0);
	append(JOURNAL_NAME, "ome\",\"id\":\"0000000000000008\",\"outcome\":\"OK\"}\n");
	append_intent(JOURNAL_NAME, 9, "ASIDE");
	CHECK(renameat(directory_fd, JOURNAL_NAME, directory_fd, "audit-3.jsonl") == 0);
	append(JOURNAL_NAME, "{\"kind\":\"continued\",\"file\":\"audit-3.jsonl\"}\n");
	append_end(JOURNAL_NAME, 9, "2020-01-06T00:00:00Z", "OK");
	CHECK(journal_past_go_on(past));
	CHECK(read_time(past, "PIECES") == DAY_1 + 4 * DAY);
	CHECK(read_time(past, "ASIDE") == DAY_1 + 5 * DAY);
	CHECK(journal_past_go_on(past));
	check_files(past);
}

/* Others could have written it: the chain of what is believed ends there. */
static void test_of_others(void)
{
	struct journal_past *past = journal_past_new();

	CHECK(fchmodat(directory_fd, "audit-2.jsonl", 0620, 0) == 0);
	CHECK(journal_past_begin(past, directory_fd));
	CHECK(read_time(past, "FIRST") == 0 && read_time(past, "LATER") == DAY_1 + 2 * DAY);
	journal_past_free(past);
	CHECK(unlinkat(directory_fd, "audit-2.jsonl", 0) == 0);
	CHECK(symlinkat("audit-1.jsonl", directory_fd, "audit-2.jsonl") == 0);
	past = journal_past_new();
	CHECK(journal_past_begin(past, directory_fd));
	CHECK(read_time(past, "FIRST") == 0 && read_time(past, "LATER") == DAY_1 + 2 * DAY);
	journal_past_free(past);
}

static void test_too_many_open(void)
{
	struct journal_past *past = journal_past_new();
	char path[40];

	CHECK(unlinkat(directory_fd, JOURNAL_NAME, 0) == 0);
	for (int i = 0; i < JOURNAL_PAST_OPEN + 1; i++) {
		snprintf(path, sizeof(path), "OPEN_%d", i);
		append_intent(JOURNAL_NAME, i, path);
	}
	append_end(JOURNAL_NAME, 0, "2020-01-01T00:00:00Z", "OK");
	append_end(JOURNAL_NAME, 1, "2020-01-01T00:00:00Z", "OK");
	CHECK(journal_past_begin(past, directory_fd));
	CHECK(read_time(past, "OPEN_0") == 0 && read_time(past, "OPEN_1") == DAY_1);
	CHECK(journal_past_open_intent(past, JOURNAL_PAST_OPEN - 2));
	CHECK(!journal_past_open_intent(past, JOURNAL_PAST_OPEN - 1));
	journal_past_free(past);
}

/* One that names itself, or what is no journal, is not read for ever, and not elsewhere. */
static void test_strange_chains(void)
{
	static const char *const files[] = {"audit-9.jsonl", "audit-/../x", "x", JOURNAL_NAME};
	char text[100];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct journal_past *past = journal_past_new();

		unlinkat(directory_fd, JOURNAL_NAME, 0);
		unlinkat(directory_fd, "audit-9.jsonl", 0);
		snprintf(text, sizeof(text), "{\"kind\":\"continued\",\"file\":\"%s\"}\n",
			 files[i]);
		append("audit-9.jsonl", "{\"kind\":\"continued\",\"file\":\"audit-9.jsonl\"}\n");
		append_intent("audit-9.jsonl", 1, "OLD");
		append_end("audit-9.jsonl", 1, "2020-01-01T00:00:00Z", "OK");
		append("x", "");
		append(JOURNAL_NAME, text);
		CHECK(journal_past_begin(past, directory_fd));
		CHECK(read_time(past, "OLD") == (i == 0 ? DAY_1 : 0));
		journal_past_free(past);
	}
}

static void test_files(void)
{
	struct journal_past *past = journal_past_new();

	CHECK(!journal_past_is_of_journal(past) && journal_past_go_on(past));
	write_files();
	CHECK(journal_past_begin(past, directory_fd));
	check_files(past);
	test_going_on(past);
	journal_past_free(past);
	test_of_others();
	test_too_many_open();
	test_strange_chains();
}

static void remove_files(void)
{
	static const char *const files[] = {JOURNAL_NAME,    "audit-1.jsonl", "audit-2.jsonl",
					    "audit-3.jsonl", "audit-9.jsonl", "x"};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlinkat(directory_fd, files[i], 0);
	CHECK(rmdir(directory) == 0);
}

int main(void)
{
	if (!wipe_install() || sodium_init() < 0 || !mkdtemp(directory) ||
	    (directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 1;
	test_lines();
	test_no_lines();
	test_nul();
	test_many_scripts();
	test_times();
	test_ceiling();
	test_files();
	remove_files();
	close(directory_fd);
	return unit_result();
}
