/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_PARKED_H
#define HSXFS_PARKED_H

#include "filesystem.h"
#include "scratch.h"
#include "value_file.h"

/*
 * Requests that wait for their reply, and what becomes of them when their caller is interrupted
 * (design section 3, rule 5). It knows of FUSE only that a request can be answered with an errno.
 */

struct fuse_req;
struct parking;

/* What a parked request waits for, and so what ends with it. */
enum parked_for {
	PARKED_FOR_ANSWER, /* somebody else may wait for it too: only this caller stops waiting */
	PARKED_FOR_COMMIT, /* of the file */
	PARKED_FOR_REMOVAL,
	PARKED_FOR_RENAME /* of the scratch file onto the name of what it sets */
};

struct parked {
	struct parked *next, **previous;
	struct parking *parking;
	struct fuse_req
	    *request; /* NULL: it has been answered, only what it waits for still comes */
	struct filesystem *filesystem;
	struct node node;
	char *name; /* the child of node that is meant, or NULL */
	pid_t caller;
	uid_t user;
	bool interrupted;
	unsigned looked_at; /* the round in which it was, see parked.c */
	enum parked_for waits_for;
	struct value_file *file; /* PARKED_FOR_COMMIT */
	struct scratch *scratch; /* PARKED_FOR_RENAME */
	void *open_file;	 /* of an open: the struct fuse_file_info to reply with; owned */
	size_t size;		 /* of a write; room for an attribute */
};

/* Answers a request with an errno. */
typedef void parking_reply(struct fuse_req *request, int error);

checked struct parking *parking_new(struct filesystem *filesystem, parking_reply *reply);

/* Frees it with all that is parked, which gets EINTR. The backends must be gone. NULL is allowed.
 */
void parking_free(struct parking *parking);

/* Parks a request of a user's thread; name may be NULL. NULL where memory is short. */
checked struct parked *parking_add(struct parking *parking, struct fuse_req *request, pid_t caller,
				   uid_t user, const struct node *node, const char *name);

/* Forgets a request whose wait has ended. */
void parking_remove(struct parked *parked);

/*
 * The kernel says that the caller has a signal. If that will end it, or is a Ctrl-C that it
 * catches, the request is answered with EINTR or ECANCELED; otherwise the caller is looked at again
 * every 50 ms.
 */
void parking_interrupt(struct parked *parked);

#endif
