/* SPDX-License-Identifier: MIT */
#include "dotenv_file.h"
#include "path_walk.h"
#include "trusted_path.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static struct outcome ok(void)
{
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome no_memory(const char *path)
{
	return outcome_make(OUTCOME_NO_MEMORY, "%s: no memory for the file's text", path);
}

/* What errno says about the path. */
static struct outcome failed(const char *what, const char *path)
{
	int error = errno;

	if (error == ENOSPC || error == EDQUOT)
		return outcome_make(OUTCOME_NO_SPACE, "cannot %s %s: %s", what, path,
				    strerror(error));
	/* The file itself may be missing: then it is its directory that is. */
	if (error == ENOENT)
		return outcome_advise(outcome_make(OUTCOME_NOT_FOUND, "cannot %s %s: %s", what,
						   path, strerror(error)),
				      "The directory must exist when hsxfs mounts; only the file "
				      "is made by it: make the directory, then mount again.");
	if (error == EACCES)
		return outcome_advise(outcome_make(OUTCOME_LOCAL_ERROR, "cannot %s %s: %s", what,
						   path, strerror(error)),
				      "See its permissions; a directory that was made or replaced "
				      "since hsxfs mounted is out of its reach: mount again.");
	return outcome_make(OUTCOME_LOCAL_ERROR, "cannot %s %s: %s", what, path, strerror(error));
}

/* The directory that holds the file; freed by the caller, NULL where memory is short. */
static char *directory_of(const char *file)
{
	char *copy = strdup(file), *directory = copy ? strdup(dirname(copy)) : NULL;

	free(copy);
	return directory;
}

struct way {
	const char *path, *avoid;
	struct outcome outcome; /* of a refusal */
};

/*
 * Somebody else's link could send a secret, or root's write, anywhere: the kernel forbids that in
 * sticky directories alone (proc(5), protected_symlinks).
 */
static enum path_step follow(struct way *way, const char *link, const struct stat *status,
			     bool last)
{
	if (!last || status->st_uid == geteuid() || status->st_uid == 0)
		return PATH_FOLLOW;
	way->outcome = outcome_advise(
	    outcome_make(OUTCOME_LOCAL_ERROR, "%s is another user's symbolic link", link),
	    "Name the file itself in the configuration.");
	return PATH_REFUSE;
}

static enum path_step visit(void *context, const char *place, bool last)
{
	struct way *way = context;
	struct stat status;

	/* Looking at one's own mount would be waiting for oneself. */
	if (way->avoid && !strcmp(place, way->avoid)) {
		way->outcome = outcome_advise(outcome_make(OUTCOME_LOCAL_ERROR,
							   "%s leads into the mount point %s",
							   way->path, way->avoid),
					      "Put the file elsewhere.");
		return PATH_REFUSE;
	}
	if (lstat(place, &status) == 0 && S_ISLNK(status.st_mode))
		return follow(way, place, &status, last);
	return PATH_ENTER;
}

struct outcome dotenv_file_find(const char *path, const char *avoid, char **file)
{
	struct way way = {.path = path, .avoid = avoid, .outcome = ok()};
	char place[PATH_MAX];

	*file = NULL;
	if (!path_walk(path, place, visit, &way))
		return way.outcome.kind == OUTCOME_OK ? failed("follow", path) : way.outcome;
	*file = strdup(place);
	return *file ? ok() : no_memory(path);
}

static struct outcome open_directory(const char *file, int *fd)
{
	struct outcome outcome = ok();
	char *directory = directory_of(file);

	*fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (!directory)
		outcome = no_memory(file);
	else if (*fd < 0)
		outcome = failed("open the directory", directory);
	free(directory);
	return outcome;
}

struct outcome dotenv_file_directory(const char *file)
{
	int fd;
	struct outcome outcome = open_directory(file, &fd);

	if (fd >= 0)
		close(fd);
	return outcome;
}

struct outcome dotenv_file_lock(const char *file, int *lock)
{
	struct outcome outcome;
	char *path = NULL;

	*lock = -1;
	if (asprintf(&path, "%s.lock", file) < 0)
		return no_memory(file);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (*lock < 0)
		outcome = failed("open", path);
	else if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		outcome = ok();
	else if (errno == EWOULDBLOCK)
		outcome = outcome_advise(
		    outcome_make(OUTCOME_CONFLICT, "another process holds the lock %s", path),
		    "Try again; `fuser -v %.200s` shows who holds it.", path);
	else
		outcome = failed("lock", path);
	if (outcome.kind != OUTCOME_OK && *lock >= 0) {
		close(*lock);
		*lock = -1;
	}
	free(path);
	return outcome;
}

static struct outcome too_long(const char *file)
{
	return outcome_make(OUTCOME_LOCAL_ERROR, "%s is over 1 MiB", file);
}

/* What has come behind the first `before` bytes. */
static struct outcome check_piece(const char *file, const struct value *text, size_t before)
{
	if (memchr(value_bytes(text) + before, '\0', value_length(text) - before))
		return outcome_advise(
		    outcome_make(OUTCOME_LOCAL_ERROR, "%s holds a NUL, so it is not a text", file),
		    "Look at it, and remove what does not belong there.");
	if (value_length(text) > DOTENV_FILE_CEILING)
		return too_long(file);
	return ok();
}

static struct outcome read_all(const char *file, int fd, struct value *text)
{
	struct outcome outcome = ok();
	ssize_t length = 1;

	while (outcome.kind == OUTCOME_OK && length > 0) {
		size_t before = value_length(text);

		length = value_read(text, fd, 4096);
		if (length >= 0)
			outcome = check_piece(file, text, before);
		else if (errno == EFBIG)
			outcome = too_long(file);
		else
			outcome = errno == ENOMEM ? no_memory(file) : failed("read", file);
	}
	return outcome;
}

struct outcome dotenv_file_read(const char *file, struct value *text, struct dotenv_state *state)
{
	/* Without O_NONBLOCK a named pipe would hold up the loop. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct outcome outcome;

	*state = (struct dotenv_state){.exists = fd >= 0};
	if (fd < 0 && errno == ENOENT)
		return dotenv_file_directory(file);
	if (fd < 0)
		return failed("open", file);
	if (fstat(fd, &state->status) < 0)
		outcome = failed("look at", file);
	else if (!S_ISREG(state->status.st_mode))
		outcome = outcome_make(OUTCOME_LOCAL_ERROR, "%s is not a regular file", file);
	else
		outcome = read_all(file, fd, text);
	close(fd);
	return outcome;
}

static bool is_unchanged(const char *file, const struct dotenv_state *state)
{
	const struct stat *old = &state->status;
	struct stat now;

	if (lstat(file, &now) < 0)
		return !state->exists;
	return state->exists && now.st_dev == old->st_dev && now.st_ino == old->st_ino &&
	       now.st_size == old->st_size && now.st_mtim.tv_sec == old->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == old->st_mtim.tv_nsec;
}

static bool write_all(int fd, const struct value *text)
{
	const char *bytes = value_bytes(text);
	size_t left = value_length(text);

	while (left > 0) {
		ssize_t written = write(fd, bytes, left);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			bytes += written;
			left -= (size_t)written;
		}
	}
	return true;
}

/* A mount by root must not take the file away from the user who owns it. */
static bool keep_owner(int fd, const struct dotenv_state *state)
{
	struct stat made;

	if (!state->exists)
		return true;
	if (fstat(fd, &made) < 0)
		return false;
	if (made.st_uid == state->status.st_uid && made.st_gid == state->status.st_gid)
		return true;
	if (fchown(fd, state->status.st_uid, state->status.st_gid) == 0)
		return true;
	/* Mode 0600 gives a group nothing, so another group does no harm. */
	return made.st_uid == state->status.st_uid;
}

/* Closes fd. */
static struct outcome fill(const char *file, int fd, const struct value *text,
			   const struct dotenv_state *state)
{
	struct outcome outcome = ok();

	if (fchmod(fd, 0600) < 0 || !keep_owner(fd, state))
		outcome = failed("keep the owner of", file);
	else if (!write_all(fd, text) || fsync(fd) < 0)
		outcome = failed("write the new text of", file);
	if (close(fd) < 0 && outcome.kind == OUTCOME_OK)
		outcome = failed("write the new text of", file);
	return outcome;
}

static struct outcome put_in_place(const char *file, const char *temporary, int directory,
				   const struct dotenv_state *state)
{
	if (!is_unchanged(file, state))
		return outcome_advise(
		    outcome_make(OUTCOME_CONFLICT, "%s keeps being changed by somebody else", file),
		    "Try again when the other program has ended.");
	if (rename(temporary, file) < 0)
		return failed("replace", file);
	/* Some filesystems cannot sync a directory, and say so with EINVAL. */
	if (fsync(directory) < 0 && errno != EINVAL)
		return failed("make sure that a power cut leaves the change, which is made, in",
			      file);
	return ok();
}

static char *temporary_of(const char *file)
{
	char *temporary = NULL;

	return asprintf(&temporary, "%s" DOTENV_FILE_TEMPORARY, file) < 0 ? NULL : temporary;
}

static struct outcome replace(const char *file, const struct value *text, int directory,
			      const struct dotenv_state *state)
{
	struct outcome outcome;
	char *temporary = temporary_of(file);
	int fd;

	if (!temporary)
		return no_memory(file);
	/* What is there is of a write that was killed: whoever holds the lock is the only writer. */
	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		outcome = failed("make a new file beside", file);
	} else {
		outcome = fill(file, fd, text, state);
		if (outcome.kind == OUTCOME_OK)
			outcome = put_in_place(file, temporary, directory, state);
		/* After the rename the name is gone, and this does nothing. */
		unlink(temporary);
	}
	free(temporary);
	return outcome;
}

struct outcome dotenv_file_write(const char *file, const struct value *text,
				 const struct dotenv_state *state)
{
	char problem[TRUSTED_PATH_PROBLEM_SIZE];
	struct outcome outcome;
	int directory;

	/* Others could put a file of theirs there, which then would get its new owner, or its link. */
	if (!trusted_path(file, problem))
		return outcome_advise(
		    outcome_make(OUTCOME_LOCAL_ERROR, "%s cannot be trusted: %s", file, problem),
		    "Take the right to write there away from others.");
	if (value_length(text) > DOTENV_FILE_CEILING)
		return outcome_make(OUTCOME_LOCAL_ERROR, "%s would be over 1 MiB", file);
	outcome = open_directory(file, &directory);
	if (outcome.kind != OUTCOME_OK)
		return outcome;
	outcome = replace(file, text, directory, state);
	close(directory);
	return outcome;
}

void dotenv_file_clear(const char *file)
{
	char problem[TRUSTED_PATH_PROBLEM_SIZE], *temporary = temporary_of(file);
	struct stat status;
	int lock = -1;

	if (temporary && lstat(temporary, &status) == 0 && S_ISREG(status.st_mode) &&
	    trusted_path(file, problem) && dotenv_file_lock(file, &lock).kind == OUTCOME_OK)
		unlink(temporary);
	if (lock >= 0)
		close(lock);
	free(temporary);
}
