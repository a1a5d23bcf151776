/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_OPTIONS_H
#define HSXFS_OPTIONS_H

#include "commit.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The command line: `hsxfs [-f] [-d] [CONFIG] MOUNTPOINT [-o OPTION,...]`. */

enum removal { REMOVAL_BRAKED, REMOVAL_FREE, REMOVAL_OFF };

struct options {
	const char *config;	/* NULL: the default path */
	const char *mountpoint; /* NULL with help, version or check */
	bool help, version;
	bool foreground;		       /* -f */
	bool debug;			       /* -d, which means -f too */
	int64_t deadline, time_to_live, queue; /* milliseconds */
	enum newline_rule newline;
	enum removal removal;
	bool commit_at_close, unreadable, read_only, allow_other;
	bool no_sandbox;
	uid_t uid; /* whose files they are; the user's own unless given */
	gid_t gid;
	mode_t umask;
	unsigned spin; /* microseconds */
	char *state;   /* the state directory, absolute; NULL: the default; owned */
	bool verify;   /* --verify-audit: mountpoint is the journal's path */
	bool check;    /* --check: mountpoint is NULL */
	char *kernel;  /* options for the kernel and fusermount3, comma-separated; owned */
};

/* The longest message, with its NUL. */
#define OPTIONS_ERROR_SIZE 256

/*
 * Reads the command line (borrowed) into options. False, with one line in error, for what makes no
 * sense. The caller calls options_free in either case.
 */
checked bool options_read(struct options *options, int count, char **words,
			  char error[static OPTIONS_ERROR_SIZE]);
void options_free(struct options *options);

/* What --help prints. */
extern const char options_help[];

#endif
