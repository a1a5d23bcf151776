/* SPDX-License-Identifier: MIT */
#include "../../backends/dotenv.h"
#include "../../backends/dotenv_file.h"
#include "unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A directory of the test's own, which it works in, and a backend for a file there. */
struct fixture {
	char directory[32];
	struct loop *loop;
	struct arena *arena;
	struct secrets *secrets;
	struct outcome outcome; /* the last one called back with */
	unsigned calls;
	char names[500]; /* of the last listing, a space behind each */
	struct loop_timer timer;
	int fd; /* for a timer to close */
};

static void setup(struct fixture *fixture, const char *path)
{
	bool locked;

	*fixture = (struct fixture){.directory = "/tmp/hsxfs-dotenv-XXXXXX"};
	fixture->loop = loop_new(0);
	fixture->arena = arena_new((size_t)8 * 1024 * 1024, &locked);
	if (!mkdtemp(fixture->directory) || chdir(fixture->directory) < 0 || !fixture->loop ||
	    !fixture->arena)
		abort();
	fixture->secrets = dotenv_new(fixture->loop, fixture->arena, path, NULL);
	if (!fixture->secrets)
		abort();
}

static void remove_all(const char *directory)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		unlinkat(dirfd(stream), entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	if (stream)
		closedir(stream);
}

static void teardown(struct fixture *fixture)
{
	if (fixture->secrets)
		fixture->secrets->ops->free(fixture->secrets);
	loop_free(fixture->loop);
	arena_free(fixture->arena);
	remove_all(fixture->directory);
	if (chdir("/") < 0 || rmdir(fixture->directory) < 0)
		abort();
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static void check_file(const char *path, const char *expected)
{
	char text[1000] = "";
	FILE *file = fopen(path, "r");

	CHECK(file);
	if (!file)
		return;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	CHECK_TEXT(text, expected);
}

/* The mode, or 0 if there is no such file. */
static mode_t mode_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 ? status.st_mode & 07777 : 0;
}

/* How many entries the directory has, lock files not counted. */
static unsigned count_entries(const char *directory)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	unsigned count = 0;

	while (stream && (entry = readdir(stream)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			 !strstr(entry->d_name, ".lock");
	if (stream)
		closedir(stream);
	return count;
}

static void note_done(void *context, const struct outcome *outcome)
{
	struct fixture *fixture = context;

	fixture->outcome = *outcome;
	fixture->calls++;
}

static void note_done_and_stop(void *context, const struct outcome *outcome)
{
	struct fixture *fixture = context;

	note_done(fixture, outcome);
	loop_stop(fixture->loop);
}

static void note_listed(void *context, const struct outcome *outcome, struct secret_names *names)
{
	struct fixture *fixture = context;

	note_done(fixture, outcome);
	CHECK((outcome->kind == OUTCOME_OK) == (names != NULL));
	fixture->names[0] = '\0';
	for (size_t i = 0; names && i < names->count; i++)
		strcat(strcat(fixture->names, names->items[i].name), " ");
	secret_names_free(names);
}

static struct value *value_of(struct fixture *fixture, const char *text)
{
	struct value *value = value_new(fixture->arena, VALUE_CEILING);

	if (!value || !value_append(value, text, strlen(text)))
		abort();
	return value;
}

/* Sets, where no lock is in the way. */
static enum outcome_kind set(struct fixture *fixture, const char *name, const char *text)
{
	struct value *value = value_of(fixture, text);
	unsigned calls = fixture->calls;

	fixture->secrets->ops->set(fixture->secrets, name, value, note_done, fixture);
	CHECK(fixture->calls == calls + 1);
	CHECK(!*text || !memmem(fixture->outcome.message, strlen(fixture->outcome.message),
				value_bytes(value), value_length(value)));
	value_free(value);
	return fixture->outcome.kind;
}

static enum outcome_kind unset(struct fixture *fixture, const char *name)
{
	unsigned calls = fixture->calls;

	fixture->secrets->ops->unset(fixture->secrets, name, note_done, fixture);
	CHECK(fixture->calls == calls + 1);
	return fixture->outcome.kind;
}

static enum outcome_kind list(struct fixture *fixture)
{
	unsigned calls = fixture->calls;

	fixture->secrets->ops->list(fixture->secrets, note_listed, fixture);
	CHECK(fixture->calls == calls + 1);
	return fixture->outcome.kind;
}

static bool says(const struct fixture *fixture, const char *words)
{
	return strstr(fixture->outcome.message, words) != NULL;
}

static void test_life(void)
{
	struct fixture fixture;

	setup(&fixture, ".dev.vars");
	CHECK(fixture.secrets->ops->ready(fixture.secrets).kind == OUTCOME_OK);
	CHECK(fixture.secrets->ops->scripts(fixture.secrets) == 1);
	CHECK_TEXT(fixture.secrets->ops->script(fixture.secrets, 0), ".dev.vars");
	CHECK(list(&fixture) == OUTCOME_OK);
	CHECK_TEXT(fixture.names, "");
	CHECK(unset(&fixture, "KEY") == OUTCOME_SECRET_NOT_FOUND);
	CHECK(mode_of(".dev.vars") == 0);
	umask(0);
	CHECK(set(&fixture, "KEY", "sesame open") == OUTCOME_OK);
	umask(022);
	check_file(".dev.vars", "KEY='sesame open'\n");
	CHECK(mode_of(".dev.vars") == 0600);
	CHECK(mode_of(".dev.vars.lock") == 0600);
	CHECK(set(&fixture, "OTHER", "1") == OUTCOME_OK);
	CHECK(list(&fixture) == OUTCOME_OK);
	CHECK_TEXT(fixture.names, "KEY OTHER ");
	CHECK(unset(&fixture, "KEY") == OUTCOME_OK);
	check_file(".dev.vars", "OTHER=1\n");
	CHECK(count_entries(".") == 1);
	teardown(&fixture);
}

static void test_existing_file(void)
{
	struct fixture fixture;

	setup(&fixture, ".dev.vars");
	write_file(".dev.vars", "# mine\nA=\"1\" # first\n\nB=2");
	CHECK(mode_of(".dev.vars") == 0644);
	umask(0277);
	CHECK(set(&fixture, "A", "x y") == OUTCOME_OK);
	umask(022);
	CHECK(unlink(".dev.vars.lock") == 0);
	check_file(".dev.vars", "# mine\nA='x y' # first\n\nB=2");
	CHECK(mode_of(".dev.vars") == 0600);
	CHECK(set(&fixture, "bad name", "x") == OUTCOME_BAD_NAME);
	CHECK(set(&fixture, "A", "'\"`#") == OUTCOME_BAD_VALUE);
	CHECK(fixture.outcome.advice[0]);
	check_file(".dev.vars", "# mine\nA='x y' # first\n\nB=2");
	CHECK(count_entries(".") == 1);
	teardown(&fixture);
}

static void test_owner(void)
{
	struct fixture fixture;
	struct stat status;

	setup(&fixture, ".dev.vars");
	write_file(".dev.vars", "A=1\n");
	if (chown(".dev.vars", 1234, 1235) == 0) {
		CHECK(set(&fixture, "A", "2") == OUTCOME_OK);
		CHECK(stat(".dev.vars", &status) == 0);
		CHECK(status.st_uid == 1234 && status.st_gid == 1235);
	}
	teardown(&fixture);
}

static void test_links(void)
{
	struct fixture fixture;
	char target[100];

	setup(&fixture, "link");
	CHECK(mkdir("there", 0700) == 0 && symlink("there/link", "link") == 0);
	CHECK(symlink("vars", "there/link") == 0);
	CHECK(set(&fixture, "A", "1") == OUTCOME_OK);
	check_file("there/vars", "A=1\n");
	CHECK(set(&fixture, "A", "2") == OUTCOME_OK);
	check_file("there/vars", "A=2\n");
	CHECK(mode_of("there/vars.lock") == 0600);
	CHECK(readlink("link", target, sizeof(target)) == 10);
	CHECK(unlink("there/link") == 0 && symlink("../link", "there/link") == 0);
	CHECK(set(&fixture, "A", "3") == OUTCOME_LOCAL_ERROR);
	CHECK(says(&fixture, strerror(ELOOP)) && says(&fixture, "link"));
	CHECK(list(&fixture) == OUTCOME_LOCAL_ERROR);
	remove_all("there");
	teardown(&fixture);
}

static void test_missing_directory(void)
{
	struct fixture fixture;

	setup(&fixture, "nowhere/.dev.vars");
	CHECK(fixture.secrets->ops->ready(fixture.secrets).kind == OUTCOME_NOT_FOUND);
	CHECK(list(&fixture) == OUTCOME_NOT_FOUND);
	CHECK(says(&fixture, "/nowhere:") && says(&fixture, strerror(ENOENT)));
	CHECK(set(&fixture, "A", "sesame") == OUTCOME_NOT_FOUND);
	CHECK(says(&fixture, "/nowhere:"));
	CHECK(unset(&fixture, "A") == OUTCOME_NOT_FOUND);
	teardown(&fixture);
}

static void test_odd_files(void)
{
	struct fixture fixture;
	FILE *file;

	setup(&fixture, ".dev.vars");
	file = fopen(".dev.vars", "w");
	CHECK(file && fwrite("A=1\0\n", 1, 5, file) == 5 && fclose(file) == 0);
	CHECK(list(&fixture) == OUTCOME_LOCAL_ERROR && says(&fixture, ".dev.vars holds a NUL"));
	CHECK(set(&fixture, "A", "sesame") == OUTCOME_LOCAL_ERROR);
	write_file(".dev.vars", "A=1\n#");
	CHECK(truncate(".dev.vars", 0) == 0);
	file = fopen(".dev.vars", "w");
	for (size_t i = 0; file && i < 1024 * 1024; i++)
		fputc(i ? 'x' : '#', file);
	CHECK(file && fclose(file) == 0);
	CHECK(list(&fixture) == OUTCOME_OK);
	CHECK(set(&fixture, "A", "sesame") == OUTCOME_LOCAL_ERROR);
	CHECK(says(&fixture, "would be over 1 MiB"));
	CHECK(truncate(".dev.vars", 1024 * 1024 + 1) == 0);
	CHECK(list(&fixture) == OUTCOME_LOCAL_ERROR);
	CHECK(unlink(".dev.vars") == 0 && mkfifo(".dev.vars", 0600) == 0);
	CHECK(list(&fixture) == OUTCOME_LOCAL_ERROR && says(&fixture, "not a regular file"));
	CHECK(unlink(".dev.vars") == 0 && mkdir(".dev.vars", 0700) == 0);
	CHECK(set(&fixture, "A", "sesame") == OUTCOME_LOCAL_ERROR);
	CHECK(count_entries(".") == 1);
	teardown(&fixture);
}

/* Root may do everything, so it does this as somebody else. */
static void test_permissions(void)
{
	struct fixture fixture;
	bool root = geteuid() == 0;

	setup(&fixture, ".dev.vars");
	write_file(".dev.vars", "A=1\n");
	if (root)
		CHECK(chown(".", 1234, (gid_t)-1) == 0 &&
		      chown(".dev.vars", 1234, (gid_t)-1) == 0 && seteuid(1234) == 0);
	CHECK(chmod(".", 0500) == 0);
	CHECK(set(&fixture, "A", "sesame") == OUTCOME_LOCAL_ERROR);
	CHECK(says(&fixture, strerror(EACCES)) && says(&fixture, ".dev.vars"));
	CHECK(list(&fixture) == OUTCOME_OK);
	CHECK(chmod(".dev.vars", 0) == 0 && chmod(".", 0700) == 0);
	CHECK(list(&fixture) == OUTCOME_LOCAL_ERROR && says(&fixture, strerror(EACCES)));
	CHECK(set(&fixture, "A", "sesame") == OUTCOME_LOCAL_ERROR);
	CHECK(chmod(".dev.vars", 0600) == 0);
	check_file(".dev.vars", "A=1\n");
	if (root)
		CHECK(seteuid(0) == 0);
	CHECK(count_entries(".") == 1);
	teardown(&fixture);
}

/* Fills a file until the file system has no room for another byte. */
static void fill_up(const char *path)
{
	static const char zeros[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		continue;
	CHECK(errno == ENOSPC);
	close(fd);
}

static void test_full_disk(void)
{
	struct fixture fixture;

	setup(&fixture, "small/.dev.vars");
	CHECK(mkdir("small", 0700) == 0);
	if (mount("none", "small", "tmpfs", 0, "size=64k") == 0) {
		write_file("small/.dev.vars", "A=1\n");
		fill_up("small/filler");
		CHECK(set(&fixture, "A", "sesame") == OUTCOME_NO_SPACE);
		CHECK(says(&fixture, "small/.dev.vars"));
		check_file("small/.dev.vars", "A=1\n");
		CHECK(count_entries("small") == 2);
		CHECK(umount("small") == 0);
	} else {
		printf("not tested: a full disk, since mount says: %s\n", strerror(errno));
	}
	teardown(&fixture);
}

static void test_expansion(void)
{
	struct fixture fixture;

	setup(&fixture, ".env.local");
	CHECK(set(&fixture, "A", "$HOME") == OUTCOME_BAD_VALUE);
	CHECK(set(&fixture, "A", "x${HOME}") == OUTCOME_BAD_VALUE);
	CHECK(set(&fixture, "A", "\\$") == OUTCOME_BAD_VALUE && says(&fixture, ".env.local"));
	CHECK(mode_of(".env.local") == 0);
	CHECK(set(&fixture, "A", "pa$$1 $") == OUTCOME_OK);
	check_file(".env.local", "A='pa$$1 $'\n");
	teardown(&fixture);
	setup(&fixture, ".dev.vars");
	CHECK(set(&fixture, "A", "$HOME") == OUTCOME_OK);
	check_file(".dev.vars", "A='$HOME'\n");
	teardown(&fixture);
}

static void let_go(void *context)
{
	struct fixture *fixture = context;

	close(fixture->fd);
}

static void take_lock(struct fixture *fixture)
{
	fixture->fd = open(".dev.vars.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fixture->fd >= 0 && flock(fixture->fd, LOCK_EX) == 0);
}

static void test_waiting(void)
{
	struct fixture fixture;
	struct value *first, *second;

	setup(&fixture, ".dev.vars");
	first = value_of(&fixture, "first");
	second = value_of(&fixture, "second");
	take_lock(&fixture);
	loop_timer_set(fixture.loop, &fixture.timer, 70, let_go, &fixture);
	fixture.secrets->ops->set(fixture.secrets, "A", first, note_done, &fixture);
	fixture.secrets->ops->set(fixture.secrets, "A", second, note_done, &fixture);
	fixture.secrets->ops->unset(fixture.secrets, "B", note_done_and_stop, &fixture);
	CHECK(fixture.calls == 0);
	CHECK(list(&fixture) == OUTCOME_OK);
	CHECK(mode_of(".dev.vars") == 0);
	CHECK(loop_run(fixture.loop));
	CHECK(fixture.calls == 4 && fixture.outcome.kind == OUTCOME_SECRET_NOT_FOUND);
	check_file(".dev.vars", "A=second\n");
	value_free(second);
	value_free(first);
	teardown(&fixture);
}

static void test_giving_up(void)
{
	struct fixture fixture;
	struct value *value;
	int64_t start = loop_now();

	setup(&fixture, ".dev.vars");
	value = value_of(&fixture, "sesame");
	take_lock(&fixture);
	fixture.secrets->ops->set(fixture.secrets, "A", value, note_done_and_stop, &fixture);
	CHECK(loop_run(fixture.loop));
	CHECK(fixture.calls == 1 && fixture.outcome.kind == OUTCOME_CONFLICT);
	CHECK(says(&fixture, ".dev.vars.lock"));
	CHECK(loop_now() - start >= 950 && loop_now() - start < 5000);
	CHECK(mode_of(".dev.vars") == 0);
	let_go(&fixture);
	CHECK(set(&fixture, "A", "1") == OUTCOME_OK);
	value_free(value);
	teardown(&fixture);
}

static void never_done(void *context, const struct outcome *outcome)
{
	CHECK(!context && !outcome);
}

static void test_cancelling(void)
{
	struct fixture fixture;
	struct value *value;
	int contexts[2];

	setup(&fixture, ".dev.vars");
	value = value_of(&fixture, "1");
	take_lock(&fixture);
	fixture.secrets->ops->set(fixture.secrets, "A", value, never_done, &contexts[0]);
	CHECK(!fixture.secrets->ops->cancel(fixture.secrets, &contexts[1]));
	CHECK(!fixture.secrets->ops->cancel(fixture.secrets, &contexts[0]));
	fixture.secrets->ops->set(fixture.secrets, "B", value, never_done, &contexts[0]);
	fixture.secrets->ops->set(fixture.secrets, "C", value, note_done_and_stop, &fixture);
	fixture.secrets->ops->set(fixture.secrets, "D", value, never_done, &contexts[1]);
	CHECK(!fixture.secrets->ops->cancel(fixture.secrets, &contexts[1]));
	CHECK(!fixture.secrets->ops->cancel(fixture.secrets, &contexts[0]));
	let_go(&fixture);
	CHECK(loop_run(fixture.loop));
	CHECK(fixture.calls == 1 && fixture.outcome.kind == OUTCOME_OK);
	check_file(".dev.vars", "C=1\n");
	value_free(value);
	teardown(&fixture);
}

static void stop(void *loop)
{
	loop_stop(loop);
}

static void free_and_stop(void *context, const struct outcome *outcome)
{
	struct fixture *fixture = context;

	note_done(fixture, outcome);
	fixture->secrets->ops->free(fixture->secrets);
	fixture->secrets = NULL;
	loop_timer_set(fixture->loop, &fixture->timer, 60, stop, fixture->loop);
}

/* Freed in a callback, it never calls back for what still waits. */
static void test_freeing(void)
{
	struct fixture fixture;
	struct value *value;

	setup(&fixture, ".dev.vars");
	value = value_of(&fixture, "1");
	take_lock(&fixture);
	loop_timer_set(fixture.loop, &fixture.timer, 30, let_go, &fixture);
	fixture.secrets->ops->set(fixture.secrets, "A", value, free_and_stop, &fixture);
	fixture.secrets->ops->set(fixture.secrets, "B", value, note_done, &fixture);
	CHECK(loop_run(fixture.loop));
	CHECK(fixture.calls == 1 && fixture.outcome.kind == OUTCOME_OK);
	check_file(".dev.vars", "A=1\n");
	value_free(value);
	teardown(&fixture);
}

/* An editor takes no lock. */
static void test_changed_meanwhile(void)
{
	struct fixture fixture;
	struct dotenv_state state, missing;
	struct value *text, *new;

	setup(&fixture, ".dev.vars");
	text = value_of(&fixture, "");
	new = value_of(&fixture, "A=2\n");
	CHECK(dotenv_file_read("./.dev.vars", text, &missing).kind == OUTCOME_OK);
	CHECK(!missing.exists && value_length(text) == 0);
	write_file(".dev.vars", "A=1\n");
	CHECK(dotenv_file_write("./.dev.vars", new, &missing).kind == OUTCOME_CONFLICT);
	CHECK(dotenv_file_read("./.dev.vars", text, &state).kind == OUTCOME_OK);
	CHECK_TEXT(value_bytes(text), "A=1\n");
	write_file(".dev.vars", "A=123\n");
	CHECK(dotenv_file_write("./.dev.vars", new, &state).kind == OUTCOME_CONFLICT);
	CHECK(unlink(".dev.vars") == 0);
	CHECK(dotenv_file_write("./.dev.vars", new, &state).kind == OUTCOME_CONFLICT);
	CHECK(dotenv_file_write("./.dev.vars", new, &missing).kind == OUTCOME_OK);
	check_file(".dev.vars", "A=2\n");
	CHECK(count_entries(".") == 1);
	value_free(new);
	value_free(text);
	teardown(&fixture);
}

/* Set in a process that is to be killed when it has written the new text. */
static bool killed_at_rename;

int rename(const char *from, const char *to)
{
	if (killed_at_rename)
		raise(SIGKILL);
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static void be_killed(const struct value *text)
{
	struct dotenv_state state = {.exists = false};
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		killed_at_rename = true;
		_exit(dotenv_file_write("./.dev.vars", text, &state).kind);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(count_entries(".") > 0);
}

/* What a write that is killed leaves goes with the next write, or with the next mount. */
static void test_killed(void)
{
	struct dotenv_state state = {.exists = false};
	struct fixture fixture;
	struct value *text;
	struct secrets *again;

	setup(&fixture, ".dev.vars");
	text = value_of(&fixture, "A=1\n");
	be_killed(text);
	be_killed(text);
	CHECK(count_entries(".") == 1);
	CHECK(dotenv_file_write("./.dev.vars", text, &state).kind == OUTCOME_OK);
	check_file(".dev.vars", "A=1\n");
	CHECK(count_entries(".") == 1);
	CHECK(unlink(".dev.vars") == 0);
	be_killed(text);
	take_lock(&fixture);
	again = dotenv_new(fixture.loop, fixture.arena, ".dev.vars", NULL);
	CHECK(again && count_entries(".") == 1);
	again->ops->free(again);
	let_go(&fixture);
	again = dotenv_new(fixture.loop, fixture.arena, ".dev.vars", NULL);
	CHECK(again && count_entries(".") == 0);
	again->ops->free(again);
	value_free(text);
	teardown(&fixture);
}

enum { WRITERS = 3, WRITES = 5 };

/* Exits with 0 if all of its changes were made. */
static void write_many(struct fixture *fixture, int writer)
{
	struct value *value = value_of(fixture, "1");
	struct loop *loop = loop_new(0);
	struct secrets *secrets = loop ? dotenv_new(loop, fixture->arena, ".dev.vars", NULL) : NULL;

	fixture->loop = loop;
	for (int i = 0; secrets && i < WRITES; i++) {
		char name[40];

		snprintf(name, sizeof(name), "N%d_%d", writer, i);
		secrets->ops->set(secrets, name, value,
				  i + 1 < WRITES ? note_done : note_done_and_stop, fixture);
		if (fixture->calls < WRITES && i + 1 == WRITES && !loop_run(loop))
			_exit(1);
	}
	_exit(fixture->calls != WRITES || fixture->outcome.kind != OUTCOME_OK);
}

/* No writer undoes what another one did. */
static void test_many_writers(void)
{
	struct fixture fixture;
	unsigned names = 0;
	int status;

	setup(&fixture, ".dev.vars");
	for (int writer = 0; writer < WRITERS; writer++)
		if (fork() == 0)
			write_many(&fixture, writer);
	for (int writer = 0; writer < WRITERS; writer++)
		CHECK(wait(&status) > 0 && status == 0);
	CHECK(list(&fixture) == OUTCOME_OK);
	for (const char *space = fixture.names; (space = strchr(space, ' ')); space++)
		names++;
	CHECK(names == WRITERS * WRITES);
	CHECK(count_entries(".") == 1);
	teardown(&fixture);
}

static void test_full_arena(void)
{
	struct fixture fixture;
	struct secrets *secrets;
	struct value *value;
	struct arena *small;
	bool locked;

	setup(&fixture, ".dev.vars");
	write_file(".dev.vars", "A=1\n");
	small = arena_new(4096, &locked);
	secrets = small ? dotenv_new(fixture.loop, small, ".dev.vars", NULL) : NULL;
	value = value_of(&fixture, "2");
	CHECK(secrets);
	if (secrets) {
		secrets->ops->set(secrets, "A", value, note_done, &fixture);
		CHECK(fixture.calls == 1 && fixture.outcome.kind == OUTCOME_NO_MEMORY);
		secrets->ops->free(secrets);
	}
	check_file(".dev.vars", "A=1\n");
	value_free(value);
	arena_free(small);
	teardown(&fixture);
}

int main(void)
{
	test_life();
	test_existing_file();
	test_owner();
	test_links();
	test_missing_directory();
	test_odd_files();
	test_permissions();
	test_full_disk();
	test_expansion();
	test_waiting();
	test_giving_up();
	test_cancelling();
	test_freeing();
	test_changed_meanwhile();
	test_killed();
	test_many_writers();
	test_full_arena();
	return unit_result();
}
