/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FUZZ_DIRECTORY_H
#define HSXFS_FUZZ_DIRECTORY_H

#include "fuzz.h"

enum { FUZZ_PATH_SIZE = 100 };

/* Makes an empty directory, in memory where /dev/shm is; `path` gets its name. */
void fuzz_directory_make(char path[static FUZZ_PATH_SIZE]);

/* Removes it with the files in it. */
void fuzz_directory_remove(const char *path);

/* Writes a file in it. */
void fuzz_directory_write(const char *path, const char *name, const void *bytes, size_t length);

#endif
