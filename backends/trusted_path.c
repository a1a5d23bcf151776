/* SPDX-License-Identifier: MIT */
#include "trusted_path.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40

/* A path while it is followed: what was looked at, and what is left of it. */
struct walk {
	char done[PATH_MAX], rest[PATH_MAX];
	char *problem;
	bool shared; /* others can make names in `done`, which is sticky */
	int links;
};

static bool say(const struct walk *walk, const char *place, const char *what)
{
	snprintf(walk->problem, TRUSTED_PATH_PROBLEM_SIZE, "%.400s %s", place, what);
	return false;
}

static bool is_ours(const struct stat *status)
{
	return status->st_uid == geteuid() || status->st_uid == 0;
}

static bool others_can_write(const struct stat *status)
{
	return status->st_mode & S_IWOTH ||
	       (status->st_mode & S_IWGRP && status->st_gid != geteuid());
}

static bool enter(struct walk *walk, const char *directory, const struct stat *status)
{
	bool writable = others_can_write(status);

	if (writable && !(status->st_mode & S_ISVTX))
		return say(walk, directory, "is a directory that others can write to");
	if (!is_ours(status) && geteuid() != 0)
		return say(walk, directory, "is another user's directory");
	walk->shared = writable;
	memmove(walk->done, directory, strlen(directory) + 1);
	return true;
}

static bool follow(struct walk *walk, const char *link, const struct stat *status)
{
	char target[PATH_MAX / 2], rest[PATH_MAX];
	ssize_t length;

	if (!is_ours(status))
		return say(walk, link, "is another user's symbolic link");
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return say(walk, link, strerror(errno));
	target[length] = '\0';
	if (++walk->links > LINKS_MAX ||
	    snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest) >= (int)sizeof(rest))
		return say(walk, link, strerror(ELOOP));
	strcpy(walk->rest, rest);
	if (target[0] == '/') {
		walk->done[0] = '\0';
		walk->shared = false;
	}
	return true;
}

/* One component of the path; *end is set where there is nothing more to look at. */
static bool step(struct walk *walk, const char *component, bool *end)
{
	char place[PATH_MAX];
	struct stat status;

	if (snprintf(place, sizeof(place), "%s/%s", walk->done, component) >= (int)sizeof(place))
		return say(walk, walk->done, strerror(ENAMETOOLONG));
	*end = lstat(place, &status) < 0;
	if (*end)
		return errno == ENOENT || say(walk, place, strerror(errno));
	if (S_ISLNK(status.st_mode))
		return follow(walk, place, &status);
	if (walk->shared && !is_ours(&status))
		return say(walk, place, "belongs to another user");
	*end = !S_ISDIR(status.st_mode);
	return *end || enter(walk, place, &status);
}

/* The text of the links to a process's files is no path. */
static bool is_of_process(const char *path)
{
	return !strncmp(path, "/proc/", 6);
}

bool trusted_path(const char *path, char problem[static TRUSTED_PATH_PROBLEM_SIZE])
{
	struct walk walk = {.problem = problem};
	bool end = false, good = true;

	problem[0] = '\0';
	if (path[0] != '/' && !getcwd(walk.rest, sizeof(walk.rest) / 2))
		return say(&walk, path, strerror(errno));
	if (strlen(path) >= sizeof(walk.rest) / 2 - 1)
		return say(&walk, path, strerror(ENAMETOOLONG));
	strcat(strcat(walk.rest, "/"), path);
	while (good && !end && !is_of_process(walk.done)) {
		char component[NAME_MAX + 1];
		size_t skip = strspn(walk.rest, "/"), length = strcspn(walk.rest + skip, "/");

		if (!length)
			return true;
		if (length > NAME_MAX)
			return say(&walk, path, strerror(ENAMETOOLONG));
		memcpy(component, walk.rest + skip, length);
		component[length] = '\0';
		memmove(walk.rest, walk.rest + skip + length,
			strlen(walk.rest + skip + length) + 1);
		good = step(&walk, component, &end);
	}
	return good;
}
