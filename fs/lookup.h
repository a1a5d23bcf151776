/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_LOOKUP_H
#define HSXFS_LOOKUP_H

#include "filesystem.h"

/*
 * Whether a name exists, asking as little as possible.
 *
 * A kernel LOOKUP does not say what it is for. If every one of them asked for a listing, each
 * `echo key > NAME` in a directory that nobody has listed yet would cost two requests. So where
 * /proc says that the caller opens the name to replace what is there, it is answered "it may be
 * there", with no time to live. Where /proc may not tell, the same answer is given, and what
 * follows decides: a stat or an open for reading asks, an open for writing does not. The one thing
 * that the kernel then decides by itself, to refuse O_EXCL, is seen by nothing following; so the
 * next LOOKUP in that directory asks, and mkstemp(3), which tries another name, finds out right.
 * With -o ttl=0 every one asks.
 *
 * With -o allow_other the kernel checks the modes, and wants a stat for that before each open. So
 * there what stat would say comes with "it may be there", to be believed until the open that /proc
 * shows; where /proc may not tell, the listing is asked for.
 */

struct lookup {
	struct node node; /* NODE_NONE: there is no such name. Otherwise its name is held once */
	int64_t
	    valid_for; /* milliseconds that the answer may be believed; -1: for the mount's life */
	int64_t attributes_valid_for; /* likewise what stat(2) says of it */
};

/* The outcome is OUTCOME_OK with an answer in lookup, or why nobody could tell. Both are borrowed.
 */
typedef void lookup_done(void *context, const struct outcome *outcome, const struct lookup *lookup);

/* Looks up a name in a directory, for a thread. done is called exactly once, perhaps at once. */
void lookup_child(struct filesystem *filesystem, const struct node *directory, const char *name,
		  pid_t caller, lookup_done *done, void *context);

/*
 * Finds out whether a node that was looked up exists; lookup's node is not held. A secret or a flag
 * that is open exists.
 */
void lookup_again(struct filesystem *filesystem, const struct node *node, lookup_done *done,
		  void *context);

/* What is known of a secret without asking; an open file does not count. */
enum presence lookup_presence(struct filesystem *filesystem, const struct node *node);

/* Something follows the latest lookup of this node; see above. */
void lookup_follows(struct filesystem *filesystem, const struct node *node);

#endif
