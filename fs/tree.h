/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_TREE_H
#define HSXFS_TREE_H

#include "config.h"
#include <stdint.h>
#include <sys/stat.h>

/*
 * The tree, and how its nodes are numbered.
 *
 *	/                                   NODE_ROOT
 *	  .status .errors                   NODE_STATUS, NODE_ERRORS: everywhere, by name alone
 *	  ACCOUNT/                          NODE_ACCOUNT
 *	    PROJECT/                        NODE_PROJECT
 *	      dev/ staging/ production/     NODE_ENVIRONMENT
 *	        secrets/                    NODE_SECRETS
 *	          NAME                      NODE_SECRET, NODE_SCRATCH
 *	        flags/                      NODE_FLAGS
 *	        routes/                     NODE_ROUTES
 *	        installs/                   NODE_INSTALLS
 *
 * An inode number is computed: the kind in the low byte, then two bits of environment, 22 bits of
 * account or project, and 32 bits of name (an id of the name table). No node is ever stored.
 */

enum node_kind {
	NODE_NONE,
	NODE_ROOT, /* 1, as FUSE wants it */
	NODE_ACCOUNT,
	NODE_PROJECT,
	NODE_ENVIRONMENT,
	NODE_SECRETS,
	NODE_FLAGS,
	NODE_ROUTES,
	NODE_INSTALLS,
	NODE_SECRET,
	NODE_SCRATCH, /* a temporary file; name is its place, see scratch.h */
	NODE_STATUS,
	NODE_ERRORS,
	NODE_KINDS
};

struct node {
	enum node_kind kind;
	unsigned environment;
	unsigned index; /* of the account (NODE_ACCOUNT) or of the project, over all accounts */
	uint32_t name;	/* id in the name table (NODE_SECRET) */
};

/* What is true of every node of a kind. */
struct node_type {
	const char *name; /* in its directory, if fixed */
	mode_t mode;	  /* with the file type, before -o umask */
};
extern const struct node_type node_types[NODE_KINDS];

/* The most accounts or projects that fit in an inode number. */
#define TREE_INDEX_MAX ((1u << 22) - 1)

uint64_t node_inode(const struct node *node);

/* The node of an inode number that node_inode gave. */
struct node node_of_inode(uint64_t inode);

/* True for the kinds that are directories. */
bool node_is_directory(enum node_kind kind);

/* The kind of the control file of that name (`.status`, `.errors`), NODE_NONE if it is none. */
enum node_kind node_control_kind(const char *name);

/*
 * The time of everything whose age is not known, 1980-01-02T00:00:00Z in seconds of the epoch:
 * unknown is old, and never "now".
 */
#define TREE_UNKNOWN_TIME 315619200

#endif
