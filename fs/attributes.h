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
 * user.hsxfs.failed     of a secret: what its latest change failed with, if it did
 * user.hsxfs.unshown    of secrets/: how many listed names cannot be shown as files
 * user.hsxfs.stale      of secrets/: since when (RFC 3339) the names shown are old, if they are
 */

void attributes_stat(const struct filesystem *filesystem, const struct node *node,
		     struct stat *status);

/* The longest attribute, with its NUL. */
#define ATTRIBUTE_SIZE 4096

/* Writes an attribute and returns its length; -1 if the node has none of that name. */
int attributes_get(struct filesystem *filesystem, const struct node *node, const char *name,
		   char text[static ATTRIBUTE_SIZE]);

/* Writes the names of all attributes of the node, each with its NUL; returns the length of all. */
size_t attributes_list(struct filesystem *filesystem, const struct node *node,
		       char names[static ATTRIBUTE_SIZE]);

#endif
