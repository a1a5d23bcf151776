/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_ATTRIBUTES_H
#define HSXFS_ATTRIBUTES_H

#include "filesystem.h"

/*
 * What stat(2) and getxattr(2) say of a node, from memory alone.
 *
 * user.hsxfs.type       of a secret: secret_text or secret_key
 * user.hsxfs.scripts    of secrets/, of a secret: the Workers, by blanks, or the dotenv file
 * user.hsxfs.missing    of a secret: the Workers of its environment that lack it
 * user.hsxfs.failed     of what can be written: what its latest change failed with, if it did
 * user.hsxfs.set        of a secret: when it was set last, and the user's number, by a blank; if known
 * user.hsxfs.unshown    of secrets/, flags/, installs/: how many listed names cannot be shown as files
 * user.hsxfs.stale      of what is listed: since when (RFC 3339) it is old, if it is
 * user.hsxfs.state      of a flag, of an install: its state
 * user.hsxfs.version    of a flag: its version
 * user.hsxfs.serving    of an environment: the one that the project's Workers attested last
 * user.hsxfs.reason     of flags/, routes/, installs/: why there is nothing in it
 */

void attributes_stat(struct filesystem *filesystem, const struct node *node, struct stat *status);

/* It is in memory once the routes have been asked for. */
#define ATTRIBUTE_SERVING "user.hsxfs.serving"

/* The longest attribute, with its NUL. */
#define ATTRIBUTE_SIZE 4096

/* Writes an attribute and returns its length; -1 if the node has none of that name. */
int attributes_get(struct filesystem *filesystem, const struct node *node, const char *name,
		   char text[static ATTRIBUTE_SIZE]);

/* Writes the names of all attributes of the node, each with its NUL; returns the length of all. */
size_t attributes_list(struct filesystem *filesystem, const struct node *node,
		       char names[static ATTRIBUTE_SIZE]);

#endif
