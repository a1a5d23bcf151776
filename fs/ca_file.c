/* SPDX-License-Identifier: MIT */
#include "ca_file.h"
#include "../backends/trusted_path.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CEILING ((off_t)1024 * 1024)

static bool say(char *problem, const char *path, const char *what)
{
	snprintf(problem, CA_FILE_PROBLEM_SIZE, "%.200s: %s", path, what);
	return false;
}

static bool check(int file, struct stat *status, const char *path, char *problem)
{
	if (fstat(file, status) < 0)
		return say(problem, path, strerror(errno));
	if (!S_ISREG(status->st_mode))
		return say(problem, path, "is not a regular file");
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return say(problem, path, "belongs to another user");
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return say(problem, path, "others can write to it: chmod go-w it");
	return status->st_size <= CEILING || say(problem, path, "is over 1 MiB");
}

static char *read_text(int file, size_t size)
{
	char *text = calloc(1, size + 1);
	size_t length = 0;
	ssize_t got = 1;

	while (text && got > 0 && length < size) {
		got = read(file, text + length, size - length);
		if (got > 0)
			length += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	if (got >= 0)
		return text;
	free(text);
	return NULL;
}

char *ca_file_read(const char *path, char problem[static CA_FILE_PROBLEM_SIZE])
{
	char mistrust[TRUSTED_PATH_PROBLEM_SIZE];
	char *text = NULL;
	struct stat status;
	int file;

	if (!trusted_path(path, mistrust)) {
		say(problem, path, mistrust);
		return NULL;
	}
	file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file < 0) {
		say(problem, path, strerror(errno));
		return NULL;
	}
	if (check(file, &status, path, problem)) {
		text = read_text(file, (size_t)status.st_size);
		if (!text)
			say(problem, path, "cannot be read");
	}
	close(file);
	return text;
}
