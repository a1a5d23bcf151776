/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

pid_t caller_session(pid_t pid)
{
	char path[40], text[512];
	const char *after_name;
	ssize_t length;
	int fd, session = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	/* proc(5): "pid (comm) state ppid pgrp session"; comm may hold anything, brackets too. */
	after_name = strrchr(text, ')');
	if (!after_name || sscanf(after_name, ") %*c %*d %*d %d", &session) != 1)
		return 0;
	return session;
}
