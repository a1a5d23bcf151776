/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_JOURNAL_LINE_H
#define HSXFS_JOURNAL_LINE_H

#include "../backends/secrets.h"
#include <jansson.h>

/* A line of the journal, taken apart. */
struct journal_line {
	char *text; /* what the members are in: this, or json */
	json_t *json;
	/* NULL: it has no such member */
	const char *kind, *id, *time, *mount, *operation, *path, *account, *outcome, *file;
	const char *scripts[SECRETS_SCRIPTS_MAX];
	size_t script_count; /* 0: none, or more than these */
	int64_t uid, nanoseconds;
};

/*
 * Takes a line apart, without its newline: to be ended with journal_line_end. One that is no JSON
 * object has no members. False where memory is short: then there is nothing to end.
 */
checked bool journal_line_read(struct journal_line *line, const char *text, size_t length);

void journal_line_end(struct journal_line *line);

#endif
