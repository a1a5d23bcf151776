/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CA_FILE_H
#define HSXFS_CA_FILE_H

#include <stdbool.h>

/* The certificates that an API's ca_file adds. */

#define CA_FILE_PROBLEM_SIZE 900

/*
 * Reads a file once, when mounting, so that nobody can put another in its place later: a regular
 * file of the user or of root, at most 1 MiB, to which and to whose directories nobody else can
 * write. The caller frees the text. NULL with one line in problem. May block.
 */
char *ca_file_read(const char *path, char problem[static CA_FILE_PROBLEM_SIZE]);

#endif
