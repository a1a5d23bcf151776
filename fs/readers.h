/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_READERS_H
#define HSXFS_READERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Who has read which secret shortly ago. What cannot be renamed is moved by reading it and removing
 * it then (mv to another file system, rsync --remove-source-files, tar --remove-files): of a secret
 * that would keep the placeholder alone. rm(1) reads nothing.
 */

#define READERS_REMEMBERED 1024
#define READERS_WINDOW 60000 /* milliseconds; thread ids are used again some time */

struct past_read {
	uint64_t inode;
	pid_t thread;
	int64_t at;
};

struct readers {
	struct past_read latest[READERS_REMEMBERED];
	unsigned next; /* where the next one goes */
};

/* A thread has read a secret. One that nobody can tell (0) is not noted. */
void readers_note(struct readers *readers, uint64_t inode, pid_t thread, int64_t now);

/* Whether a thread, or another one of its process, has read it within the window. */
bool readers_have(const struct readers *readers, uint64_t inode, pid_t thread, int64_t now);

#endif
