/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_KEEPER_H
#define HSXFS_KEEPER_H

#include "caller.h"
#include "config.h"
#include "token.h"
#include <stdbool.h>

/*
 * The keeper: a small process that outlives the daemon. It has no network and no values; when it is
 * asked to, or when the daemon is gone, even by kill -9, it unmounts. (libfuse's own auto_unmount
 * does not work for ordinary users.) It does for the daemon what that cannot do in its sandbox:
 * read tokens again, in a child that ends when it has sent the token on, and look a caller up in
 * /proc.
 */

struct keeper {
	int socket;    /* readable when there is something for keeper_receive */
	int questions; /* answered at once */
	unsigned serial;
	int64_t second, waited; /* for answers in a second: its start, and how long; milliseconds */
	int pid;
};

/*
 * Forks the keeper of a mount point (an absolute path). Call it before any thread exists and before
 * tokens are read: the child forgets the variables of config that hold them. False with errno set.
 */
checked bool keeper_start(struct keeper *keeper, const struct config *config,
			  const char *mountpoint);

/* Tells it that the file system is about to be mounted: should the daemon be gone before it can say
 * more, what is new there is unmounted. False if it is gone. */
checked bool keeper_mounting(struct keeper *keeper);

/* Tells it that the file system is mounted: from now on it unmounts that one, and no other. False
 * if it is gone. */
checked bool keeper_mounted(struct keeper *keeper);

/* Has it unmount, lazily: who has files open there keeps them. Returns at once; false if it is gone. */
checked bool keeper_unmount(struct keeper *keeper);

/*
 * Has it read a token again, by its number (see token_config): the file, the credential or the
 * command, which runs in `/` then, without a terminal; variables it does not have. Returns at once;
 * false if it is gone. A keeper_token comes later, or never, should somebody kill the one who
 * reads.
 */
checked bool keeper_ask_token(struct keeper *keeper, unsigned number);

struct keeper_token {
	unsigned number;
	bool found;
	size_t length;
	char text[TOKEN_CEILING + 1]; /* the token, or what is wrong; NUL-terminated */
};

enum keeper_news { KEEPER_SILENT, KEEPER_TOKEN, KEEPER_GONE };

/* Takes what has come. Never waits. The caller wipes token. */
enum keeper_news keeper_receive(struct keeper *keeper, struct keeper_token *token);

/* caller_intent and caller_program, asked of the keeper; as unknown where that takes long. */
enum caller_intent keeper_caller_intent(struct keeper *keeper, pid_t thread);
bool keeper_caller_program(struct keeper *keeper, pid_t thread,
			   char program[static CALLER_PROGRAM_SIZE]);

/* Ends it without unmounting, and waits until it is gone. */
void keeper_stop(struct keeper *keeper);

/* The id of the topmost mount at an absolute path, if it is one of hsxfs; else 0. */
int keeper_mount_at(const char *path);

#endif
