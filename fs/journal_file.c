/* SPDX-License-Identifier: MIT */
#include "journal_file.h"
#include "../backends/json_io.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Milliseconds that another mount may hold the lock before a line is refused: it holds it for a write. */
#define LOCK_PATIENCE 1000

/* The next journal, until it has its first line. */
#define NEXT_NAME "audit.next"

/* A journal that is larger is put aside before the next line. */
#define SIZE_MAX_OF_ONE ((off_t)16 * 1024 * 1024)

void journal_hash(const char *line, size_t length, char hash[static JOURNAL_HASH_SIZE])
{
	unsigned char sum[32];

	crypto_generichash(sum, sizeof(sum), (const unsigned char *)line, length, NULL, 0);
	sodium_bin2hex(hash, JOURNAL_HASH_SIZE, sum, sizeof(sum));
}

/* A mount that was killed while it put the journal aside may have left the next one under its name. */
static int open_journal(int directory)
{
	if (faccessat(directory, JOURNAL_NAME, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		(void)!renameat(directory, NEXT_NAME, directory, JOURNAL_NAME);
	return openat(directory, JOURNAL_NAME, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		      0600);
}

bool journal_file_open(struct journal_file *file, int directory)
{
	*file = (struct journal_file){.directory = directory, .size = -1};
	file->lock =
	    openat(directory, "audit.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	file->file = open_journal(directory);
	if (file->lock >= 0 && file->file >= 0)
		return true;
	journal_file_close(file);
	return false;
}

void journal_file_close(struct journal_file *file)
{
	int number = errno;

	if (file->file >= 0)
		close(file->file);
	if (file->lock >= 0)
		close(file->lock);
	close(file->directory);
	errno = number;
}

/* ---- the end of the file ---- */

/* The last bytes of the file, up to two lines' worth. */
static bool read_end(const struct journal_file *file, off_t size, char *buffer, size_t *length)
{
	off_t from =
	    size > (off_t)(2 * JOURNAL_LINE_MAX) ? size - (off_t)(2 * JOURNAL_LINE_MAX) : 0;
	ssize_t got;

	*length = 0;
	while (*length < (size_t)(size - from)) {
		got = pread(file->file, buffer + *length, (size_t)(size - from) - *length,
			    from + (off_t)*length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		*length += (size_t)got;
	}
	return true;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t done = write(fd, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		length -= (size_t)done;
	}
	return true;
}

json_t *journal_time(time_t time)
{
	char text[40];
	struct tm utc;

	gmtime_r(&time, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

/* A line of its members, `time` first (now, unless they have one) and `previous` last, with its newline; freed by the caller. One
 * that lacks a member for want of memory would break the chain: it is none. */
static char *format_line(const struct journal_file *file, json_t *members)
{
	json_t *line = json_object();
	char *text = NULL, *whole = NULL;

	if (line && members && json_object_set_new(line, "time", journal_time(time(NULL))) == 0 &&
	    json_object_update(line, members) == 0 &&
	    json_object_set_new(line, "previous", json_string(file->last)) == 0)
		text = json_write(line, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(line);
	if (text && asprintf(&whole, "%s\n", text) < 0)
		whole = NULL;
	free(text);
	if (!whole)
		errno = ENOMEM;
	if (whole && strlen(whole) > JOURNAL_LINE_MAX) {
		free(whole);
		errno = EMSGSIZE;
		return NULL;
	}
	return whole;
}

/* What was written of a line that does not fit is taken back. */
static bool write_line(struct journal_file *file, const char *line)
{
	size_t length = strlen(line);
	int number;

	if (!write_all(file->file, line, length)) {
		number = errno;
		if (ftruncate(file->file, file->size) < 0)
			file->size = -1;
		errno = number;
		return false;
	}
	file->size += (off_t)length;
	journal_hash(line, length - 1, file->last);
	return true;
}

static bool add(struct journal_file *file, json_t *members)
{
	char *line = format_line(file, members);
	bool added = line && write_line(file, line);

	free(line);
	return added;
}

/* A line that its writer could not finish: it gets its newline, and a line that says so. */
static bool close_torn_line(struct journal_file *file, const char *start, size_t length)
{
	json_t *members;
	bool closed;

	journal_hash(start, length, file->last);
	if (!write_all(file->file, "\n", 1))
		return false;
	file->size++;
	members = json_pack("{s:s}", "kind", "torn");
	closed = members && add(file, members);
	json_decref(members);
	return closed;
}

/* Takes the last line's hash from the file's end, where somebody else may have appended. */
static bool find_last(struct journal_file *file, off_t size)
{
	char *buffer = malloc(2 * JOURNAL_LINE_MAX), *start;
	size_t length, end;
	bool found = buffer && read_end(file, size, buffer, &length);

	if (found) {
		bool torn = length > 0 && buffer[length - 1] != '\n';

		end = torn || !length ? length : length - 1;
		start = end ? memrchr(buffer, '\n', end) : NULL;
		start = start ? start + 1 : buffer;
		file->size = size;
		if (torn)
			found = close_torn_line(file, start, (size_t)(buffer + end - start));
		else if (length)
			journal_hash(start, (size_t)(buffer + end - start), file->last);
		else
			strcpy(file->last, JOURNAL_NO_HASH);
	}
	free(buffer);
	return found;
}

/* ---- one after the other ---- */

/* Another mount may have put the journal aside since it was opened. */
static bool reopen(struct journal_file *file)
{
	struct stat ours, there;
	int fd;

	if (fstat(file->file, &ours) < 0)
		return false;
	if (fstatat(file->directory, JOURNAL_NAME, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
		return true;
	fd = open_journal(file->directory);
	if (fd < 0)
		return false;
	close(file->file);
	file->file = fd;
	file->size = -1;
	return true;
}

static bool catch_up(struct journal_file *file)
{
	struct stat status;

	if (!reopen(file) || fstat(file->file, &status) < 0)
		return false;
	return status.st_size == file->size || find_last(file, status.st_size);
}

/* Where the file system knows no flags, the name, which has a hash, is as good as new. */
static bool rename_anew(int directory, const char *from, const char *to)
{
	if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0)
		return true;
	return (errno == EINVAL || errno == ENOSYS) &&
	       renameat(directory, from, directory, to) == 0;
}

/* Its first line has the hash of the old one's last: the chain goes on. -1 with errno set. */
static int make_next(const struct journal_file *file, const char *old_name,
		     struct journal_file *next)
{
	json_t *members = json_pack("{s:s, s:s}", "kind", "continued", "file", old_name);
	bool good;

	*next = *file;
	next->size = 0;
	next->file = openat(file->directory, NEXT_NAME,
			    O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	good = next->file >= 0 && members && add(next, members) && fdatasync(next->file) == 0;
	json_decref(members);
	if (good || next->file < 0)
		return good ? next->file : -1;
	close(next->file);
	return -1;
}

/*
 * The next journal is whole before the old one goes: on a disk that is full just now, the old one
 * stays the journal.
 */
static bool put_aside(struct journal_file *file)
{
	char name[80], when[20];
	time_t now = time(NULL);
	struct journal_file next;
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(name, sizeof(name), "audit-%s-%.8s.jsonl", when, file->last);
	if (make_next(file, name, &next) < 0)
		return false;
	if (!rename_anew(file->directory, JOURNAL_NAME, name) ||
	    renameat(file->directory, NEXT_NAME, file->directory, JOURNAL_NAME) < 0) {
		close(next.file);
		file->size = -1;
		return false;
	}
	close(file->file);
	*file = next;
	return true;
}

/* Room for the line that says how a change ended, since it must be told. */
static bool set_aside_room(const struct journal_file *file)
{
	if (fallocate(file->file, FALLOC_FL_KEEP_SIZE, file->size, (off_t)JOURNAL_LINE_MAX) == 0)
		return true;
	return errno == EOPNOTSUPP || errno == ENOSYS;
}

static bool append(struct journal_file *file, json_t *members, bool wait)
{
	off_t before;
	char hash[JOURNAL_HASH_SIZE];
	int number;

	if (!catch_up(file) || (file->size > SIZE_MAX_OF_ONE && !put_aside(file)))
		return false;
	before = file->size;
	memcpy(hash, file->last, sizeof(hash));
	if (!add(file, members))
		return false;
	if (!wait || (set_aside_room(file) && fdatasync(file->file) == 0))
		return true;
	number = errno;
	if (ftruncate(file->file, before) == 0) {
		file->size = before;
		memcpy(file->last, hash, sizeof(hash));
	} else {
		file->size = -1;
	}
	errno = number;
	return false;
}

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool journal_file_lock(struct journal_file *file)
{
	static const struct timespec pause = {.tv_nsec = 1000000};
	int64_t until = milliseconds() + (file->was_held ? 0 : LOCK_PATIENCE);

	file->was_held = false;
	while (flock(file->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		if (milliseconds() >= until) {
			file->was_held = true;
			errno = EWOULDBLOCK;
			return false;
		}
		nanosleep(&pause, NULL);
	}
	return true;
}

void journal_file_unlock(struct journal_file *file)
{
	int number = errno;

	flock(file->lock, LOCK_UN);
	errno = number;
}

bool journal_file_append(struct journal_file *file, json_t *members, bool wait)
{
	bool appended = false;

	if (journal_file_lock(file)) {
		appended = append(file, members, wait);
		journal_file_unlock(file);
	}
	json_decref(members);
	return appended;
}
