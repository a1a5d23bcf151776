/* SPDX-License-Identifier: MIT */
#include "directory.h"
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

void fuzz_directory_make(char path[static FUZZ_PATH_SIZE])
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(path, FUZZ_PATH_SIZE, "%s/hsxfs-fuzz-XXXXXX", base);
	MUST(mkdtemp(path));
}

void fuzz_directory_remove(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	MUST(directory);
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			MUST(unlinkat(dirfd(directory), entry->d_name, 0) == 0);
	closedir(directory);
	MUST(rmdir(path) == 0);
}

void fuzz_directory_write(const char *path, const char *name, const void *bytes, size_t length)
{
	char whole[FUZZ_PATH_SIZE + 40];
	int fd;

	snprintf(whole, sizeof(whole), "%s/%s", path, name);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	MUST(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
	close(fd);
}
