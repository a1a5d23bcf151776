/* SPDX-License-Identifier: MIT */
#include "trusted_path.h"
#include "path_walk.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What is known on the way. */
struct way {
	char *problem;
	bool shared; /* others can make names where one is, which is sticky */
};

static enum path_step say(const struct way *way, const char *place, const char *what)
{
	snprintf(way->problem, TRUSTED_PATH_PROBLEM_SIZE, "%.400s %s", place, what);
	return PATH_REFUSE;
}

static bool is_ours(const struct stat *status)
{
	return status->st_uid == geteuid() || status->st_uid == 0;
}

/*
 * With an access control list the group's bits are its mask: they may be any user's. One that cannot
 * be read counts.
 */
static bool has_list(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) >= 0 ||
	       (errno != ENODATA && errno != ENOTSUP);
}

static bool others_can_write(const char *path, const struct stat *status)
{
	return status->st_mode & S_IWOTH ||
	       (status->st_mode & S_IWGRP && (status->st_gid != geteuid() || has_list(path)));
}

/* The text of the links to a process's files is no path. */
static bool is_of_process(const char *path)
{
	return !strncmp(path, "/proc/", 6);
}

static enum path_step enter(struct way *way, const char *directory, const struct stat *status)
{
	bool writable = others_can_write(directory, status);

	if (writable && !(status->st_mode & S_ISVTX))
		return say(way, directory, "is a directory that others can write to");
	if (!is_ours(status) && geteuid() != 0)
		return say(way, directory, "is another user's directory");
	way->shared = writable;
	return is_of_process(directory) ? PATH_END : PATH_ENTER;
}

static enum path_step visit(void *context, const char *place, bool last)
{
	struct way *way = context;
	struct stat status;

	(void)last;
	if (lstat(place, &status) < 0)
		return errno == ENOENT ? PATH_END : say(way, place, strerror(errno));
	if (S_ISLNK(status.st_mode))
		return is_ours(&status) ? PATH_FOLLOW
					: say(way, place, "is another user's symbolic link");
	/* A link may have led away; the root is nobody else's. */
	if (strrchr(place, '/') == place)
		way->shared = false;
	if (way->shared && !is_ours(&status))
		return say(way, place, "belongs to another user");
	return S_ISDIR(status.st_mode) ? enter(way, place, &status) : PATH_END;
}

bool trusted_path(const char *path, char problem[static TRUSTED_PATH_PROBLEM_SIZE])
{
	struct way way = {.problem = problem};
	char place[PATH_MAX];

	problem[0] = '\0';
	if (path_walk(path, place, visit, &way))
		return true;
	if (!problem[0])
		say(&way, place[0] ? place : path, strerror(errno));
	return false;
}
