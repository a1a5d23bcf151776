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
 *	  .audit                            NODE_AUDIT, by name alone
 *	  ACCOUNT/                          NODE_ACCOUNT
 *	    PROJECT/                        NODE_PROJECT
 *	      dev/ staging/ production/     NODE_ENVIRONMENT
 *	        secrets/                    NODE_SECRETS
 *	          NAME                      NODE_SECRET, NODE_SCRATCH
 *	        flags/                      NODE_FLAGS
 *	          KEY                       NODE_FLAG, NODE_SCRATCH
 *	        routes/                     NODE_ROUTES
 *	          active previous           NODE_ACTIVE, NODE_PREVIOUS
 *	          reason updated            NODE_REASON, NODE_UPDATED
 *	          .deploys                  NODE_DEPLOYS, by name alone
 *	        installs/                   NODE_INSTALLS
 *	          PORTAL                    NODE_INSTALL
 *	          APP/PORTAL                NODE_APP, where a project has several apps
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
	NODE_APP,
	NODE_SECRET,
	NODE_SCRATCH, /* a temporary file; name is its place, see scratch.h */
	NODE_FLAG,
	NODE_ACTIVE,
	NODE_PREVIOUS,
	NODE_REASON,
	NODE_UPDATED,
	NODE_DEPLOYS,
	NODE_INSTALL,
	NODE_STATUS,
	NODE_ERRORS,
	NODE_AUDIT,
	NODE_KINDS
};

struct node {
	enum node_kind kind;
	unsigned environment;
	unsigned index; /* of the account (NODE_ACCOUNT) or of the project, over all accounts */
	uint32_t name;	/* id in the name table, of the kinds that node_is_named says */
};

/* What is true of every node of a kind. */
struct node_type {
	const char *name; /* in its directory, if fixed */
	mode_t mode;	  /* with the file type, before -o umask */
	enum node_kind parent;
};
extern const struct node_type node_types[NODE_KINDS];

/* The most accounts or projects that fit in an inode number. */
#define TREE_INDEX_MAX ((1u << 22) - 1)

uint64_t node_inode(const struct node *node);

/* The node of an inode number that node_inode gave. */
struct node node_of_inode(uint64_t inode);

/* True for the kinds whose name is one of the name table, which the kernel's lookups hold. */
bool node_is_named(enum node_kind kind);

/* True for what can be written through an open file that is committed: secrets, flags, `active`. */
bool node_is_writable(enum node_kind kind);

/* True for files that show what a backend said. */
bool node_is_shown(enum node_kind kind);

/* True for the kinds that are directories. */
bool node_is_directory(enum node_kind kind);

/* The control file of that name in a directory (`.status`, `.errors`, `.deploys`); kind NODE_NONE if
 * it is none. */
struct node node_control(const struct node *directory, const char *name);

/* The directory that a node other than the root, a project or above is in, but for NODE_APP's. */
struct node node_parent(const struct node *node);

/*
 * The time of everything whose age is not known, 1980-01-02T00:00:00Z in seconds of the epoch:
 * unknown is old, and never "now".
 */
#define TREE_UNKNOWN_TIME 315619200

#endif
