/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JOURNAL_VERIFY_H
#define HSXFS_JOURNAL_VERIFY_H

#include "../backends/outcome.h"
#include <stdbool.h>

/*
 * Checks that every line of a journal has the hash of the line before it, and that it ends with a
 * whole line. Prints one line to stdout: `FILE: OK, N lines` with the first and last hash, or
 * `FILE:LINE: what is wrong`. A journal that continues another (`continued`) is checked from its
 * first line on; its first hash is the other one's last. True if it is sound.
 */
checked bool journal_verify(const char *path);

#endif
