/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_ERROR_LOG_H
#define HSXFS_ERROR_LOG_H

#include "../backends/outcome.h"
#include <stddef.h>

/*
 * What `.errors` shows: the last 1,000 refusals, a JSON line each, for whoever's shell dropped the
 * error or wants to know more than an errno says.
 */

#define ERROR_LOG_LINES 1000

struct error_log;

checked struct error_log *error_log_new(void);
void error_log_free(struct error_log *log);

/*
 * Adds a line: time, operation, path, errno and, where known, HTTP status, the server's code and
 * text, and what to do. OUTCOME_OK has no errno: its message is worth knowing all the same. Nothing is
 * added where memory is short.
 */
void error_log_add(struct error_log *log, const char *operation, const char *path,
		   const struct outcome *outcome);

/* Lines go to stderr too from now on (-d). */
void error_log_echo(struct error_log *log);

/* All lines, each with its newline, oldest first; the caller frees them. NULL where memory is
 * short. */
checked char *error_log_text(const struct error_log *log, size_t *length);

/* How long error_log_text would be. */
size_t error_log_length(const struct error_log *log);

#endif
