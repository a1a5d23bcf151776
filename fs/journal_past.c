/* SPDX-License-Identifier: MIT */
#include "journal_past.h"
#include "../backends/control_plane.h"
#include "../backends/control_time.h"
#include "journal_file.h"
#include "tree.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 16
#define ID_LENGTH 16

struct journal_past {
	int directory; /* -1: none */
	struct set_times *times;
	struct journal_line *open; /* intents */
	size_t open_count, open_size;
	/* as far as the journal was read */
	dev_t device;
	ino_t inode;
	off_t offset;
	time_t now;    /* when the reading began */
	bool believed; /* nobody else could have written what is read */
};

struct journal_past *journal_past_new(void)
{
	struct journal_past *past = calloc(1, sizeof(*past));

	if (!past)
		return NULL;
	past->directory = -1;
	past->times = set_times_new();
	if (past->times)
		return past;
	free(past);
	return NULL;
}

static void forget_open(struct journal_past *past)
{
	while (past->open_count)
		journal_line_end(&past->open[--past->open_count]);
}

void journal_past_free(struct journal_past *past)
{
	if (!past)
		return;
	forget_open(past);
	free(past->open);
	set_times_free(past->times);
	if (past->directory >= 0)
		close(past->directory);
	free(past);
}

/* ---- changes ---- */

/* Takes an intent out, which is then the caller's to end. */
static bool take_open(struct journal_past *past, const char *id, struct journal_line *intent)
{
	size_t at = past->open_count;

	while (at > 0 && strcmp(past->open[at - 1].id, id) != 0)
		at--;
	if (!at)
		return false;
	*intent = past->open[--at];
	past->open_count--;
	memmove(&past->open[at], &past->open[at + 1], (past->open_count - at) * sizeof(*intent));
	return true;
}

/* The line is taken, also on failure. */
static bool add_open(struct journal_past *past, struct journal_line *line)
{
	size_t size = past->open_size ? past->open_size * 2 : 32;
	struct journal_line before, *open = past->open;

	if (take_open(past, line->id, &before) ||
	    (past->open_count == JOURNAL_PAST_OPEN && take_open(past, open[0].id, &before)))
		journal_line_end(&before);
	if (past->open_count == past->open_size) {
		open = realloc(past->open, size * sizeof(*open));
		if (!open) {
			journal_line_end(line);
			return false;
		}
		past->open = open;
		past->open_size = size;
	}
	open[past->open_count++] = *line;
	return true;
}

/* Second 0 where it cannot be believed: unknown is old. */
static struct set_time time_of(const struct journal_past *past, const struct journal_line *intent,
			       const struct journal_line *end)
{
	int64_t second = control_time(end->time);
	struct set_time time = {.user = (uid_t)intent->uid};

	if (!past->believed || second <= TREE_UNKNOWN_TIME || second > past->now)
		return time;
	time.when.tv_sec = (time_t)second;
	if (end->nanoseconds > 0 && end->nanoseconds < 1000000000)
		time.when.tv_nsec = (long)end->nanoseconds;
	return time;
}

/* Only changes of secrets have scripts. */
static void note(struct journal_past *past, const struct journal_line *intent,
		 const struct journal_line *end)
{
	const char *name = intent->path ? strrchr(intent->path, '/') : NULL;
	struct set_time time = time_of(past, intent, end);
	struct set_place place = {.account = intent->account ? intent->account : ""};

	if (!name || !name[1] || !intent->operation)
		return;
	place.name = name + 1;
	for (size_t i = 0; i < intent->script_count; i++) {
		place.script = intent->scripts[i];
		if (!strcmp(intent->operation, "set"))
			set_times_set(past->times, &place, &time);
		else
			set_times_unset(past->times, &place, &time);
	}
}

static void end_intent(struct journal_past *past, const struct journal_line *end)
{
	struct journal_line intent;

	if (!take_open(past, end->id, &intent))
		return;
	if (!strcmp(end->kind, "outcome") && end->outcome && !strcmp(end->outcome, "OK"))
		note(past, &intent, end);
	journal_line_end(&intent);
}

static bool take_line(struct journal_past *past, const char *text, size_t length)
{
	struct journal_line line;

	if (!journal_line_read(&line, text, length))
		return false;
	if (line.kind && line.id && strlen(line.id) == ID_LENGTH) {
		if (!strcmp(line.kind, "intent"))
			return add_open(past, &line);
		end_intent(past, &line);
	}
	journal_line_end(&line);
	return true;
}

/* ---- files ---- */

struct reader {
	int file;
	off_t offset; /* of what is in the buffer */
	size_t length;
	bool in_long_line; /* what follows is the rest of a line that is none */
	char buffer[2 * JOURNAL_LINE_MAX];
};

/* 0 at the end of the file. */
static ssize_t fill(struct reader *reader)
{
	ssize_t got;

	do
		got = pread(reader->file, reader->buffer + reader->length,
			    sizeof(reader->buffer) - reader->length,
			    reader->offset + (off_t)reader->length);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		reader->length += (size_t)got;
	return got;
}

static void drop(struct reader *reader, size_t length)
{
	reader->length -= length;
	reader->offset += (off_t)length;
	memmove(reader->buffer, reader->buffer + length, reader->length);
}

static bool take_lines(struct journal_past *past, struct reader *reader)
{
	char *start = reader->buffer, *end = start + reader->length, *newline;

	while ((newline = memchr(start, '\n', (size_t)(end - start)))) {
		if (!reader->in_long_line && !take_line(past, start, (size_t)(newline - start))) {
			errno = ENOMEM;
			return false;
		}
		reader->in_long_line = false;
		start = newline + 1;
	}
	drop(reader, (size_t)(start - reader->buffer));
	if (reader->length == sizeof(reader->buffer)) {
		reader->in_long_line = true;
		drop(reader, reader->length);
	}
	return true;
}

/* The whole lines of a file, from *offset on, which becomes the place after them. */
static bool read_file(struct journal_past *past, int file, off_t *offset)
{
	struct reader *reader = malloc(sizeof(*reader));
	bool good = reader != NULL;
	ssize_t got = 1;

	if (reader) {
		reader->file = file;
		reader->offset = *offset;
		reader->length = 0;
		reader->in_long_line = false;
	}
	while (good && (got = fill(reader)) > 0)
		good = take_lines(past, reader);
	if (reader)
		*offset = reader->offset;
	free(reader);
	return good && got == 0;
}

static bool is_ours(const struct stat *status)
{
	return status->st_uid == geteuid() && !(status->st_mode & 022);
}

static int open_file(const struct journal_past *past, const char *name, struct stat *status)
{
	int file = openat(past->directory, name,
			  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (file < 0)
		return -1;
	if (fstat(file, status) == 0 && S_ISREG(status->st_mode))
		return file;
	close(file);
	errno = EINVAL;
	return -1;
}

/* The name that a journal's first line has of the one before it; the caller frees it. */
static char *name_before(int file)
{
	char text[4096], *newline, *name = NULL;
	ssize_t length = pread(file, text, sizeof(text), 0);
	struct journal_line line;

	newline = length > 0 ? memchr(text, '\n', (size_t)length) : NULL;
	if (!newline || !journal_line_read(&line, text, (size_t)(newline - text)))
		return NULL;
	if (line.kind && !strcmp(line.kind, "continued") && line.file &&
	    !strncmp(line.file, "audit-", 6) && !strchr(line.file, '/'))
		name = strdup(line.file);
	journal_line_end(&line);
	return name;
}

/* Opens those that come before files[0], the newest first; returns how many there are with it. */
static size_t open_before(const struct journal_past *past, int files[static FILES_MAX], off_t room)
{
	struct stat status;
	size_t count = 1;
	char *name;

	while (count < FILES_MAX && (name = name_before(files[count - 1]))) {
		files[count] = open_file(past, name, &status);
		free(name);
		if (files[count] < 0)
			break;
		room -= status.st_size;
		if (room < 0 || !is_ours(&status)) {
			close(files[count]);
			break;
		}
		count++;
	}
	return count;
}

/* What one that cannot be read would have ended has no end that is known. */
static void read_before(struct journal_past *past, int file)
{
	off_t offset = 0;

	if (!read_file(past, file, &offset))
		forget_open(past);
	close(file);
}

static bool read_journal(struct journal_past *past, int file, const struct stat *status)
{
	bool is_same = past->inode == status->st_ino && past->device == status->st_dev;
	int files[FILES_MAX] = {file};
	size_t count;

	past->believed = true;
	if (!is_same) {
		count = open_before(past, files, JOURNAL_PAST_BYTES - status->st_size);
		while (--count > 0)
			read_before(past, files[count]);
	}
	/* Lines that could not be kept are taken back: a journal may become shorter. */
	if (!is_same || past->offset > status->st_size)
		past->offset = 0;
	past->believed = is_ours(status);
	past->device = status->st_dev;
	past->inode = status->st_ino;
	return read_file(past, file, &past->offset);
}

bool journal_past_go_on(struct journal_past *past)
{
	struct stat status;
	bool good;
	int file;

	if (past->directory < 0)
		return true;
	file = open_file(past, JOURNAL_NAME, &status);
	if (file < 0)
		return false;
	past->now = time(NULL);
	good = read_journal(past, file, &status);
	close(file);
	return good;
}

bool journal_past_begin(struct journal_past *past, int directory)
{
	past->directory = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	return past->directory >= 0 && journal_past_go_on(past);
}

bool journal_past_is_of_journal(const struct journal_past *past)
{
	return past->directory >= 0;
}

const struct journal_line *journal_past_open_intent(const struct journal_past *past, size_t index)
{
	return index < past->open_count ? &past->open[index] : NULL;
}

struct set_times *journal_past_times(const struct journal_past *past)
{
	return past->times;
}
