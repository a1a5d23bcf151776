/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FILESYSTEM_H
#define HSXFS_FILESYSTEM_H

#include "../backends/cloudflare.h"
#include "../backends/http.h"
#include "brake.h"
#include "config.h"
#include "error_log.h"
#include "listing.h"
#include "name_table.h"
#include "options.h"
#include "tree.h"

/*
 * The one context of a mount: the accounts, projects and environments of the configuration with
 * their backends, and all state that operations share. It knows nothing of FUSE.
 */

/* A change of a secret that only a close could have reported: fsync(2) answers it until one
 * succeeds. */
struct failed_change {
	struct failed_change *next;
	struct outcome outcome;
	char name[];
};

#define FAILED_CHANGES_MAX 256

struct environment_state {
	const struct environment_config *config;
	struct secrets *secrets; /* NULL: the environment owns no script */
	struct listing *listing; /* NULL with it */
	struct failed_change *failed;
	struct secret_file *files; /* open ones */
	uint64_t asked;		   /* inode of an unanswered lookup, see lookup.h */
	size_t unshown_logged;
	bool owner_logged;
};

struct account_state {
	const struct account_config *config;
	struct http_api *api; /* NULL: no Cloudflare section */
	struct value *token;
	struct cloudflare_account *cloudflare;
	unsigned first_project; /* index in projects */
};

struct project_state {
	const struct project_config *config;
	struct account_state *account;
	struct environment_state environments[ENVIRONMENTS];
};

struct filesystem {
	const struct config *config;
	const struct options *options;
	const char *mountpoint; /* absolute, resolved */
	struct loop *loop;
	struct arena *arena;
	bool arena_locked;
	struct http *http;
	struct account_state *accounts;
	unsigned account_count;
	struct project_state *projects;
	unsigned project_count;
	struct name_table *names;
	struct error_log *errors;
	struct scratch_table *scratch;
	struct brake brake;
	unsigned char digest_key[32]; /* random, of this mount */
	uid_t uid;		      /* whose files they are */
	gid_t gid;
	int64_t mounted_at; /* seconds of the epoch */
};

/*
 * Makes the context: reads the tokens (which may run commands) and opens nothing on the network.
 * Both arguments are borrowed for its life. What is worth a warning is printed to stderr, a line
 * each. NULL, with one line printed, where it cannot be made; the caller frees it with
 * filesystem_free.
 */
checked struct filesystem *filesystem_new(const struct config *config,
					  const struct options *options, const char *mountpoint);

/* Ends everything that runs, wipes and frees. NULL is allowed. */
void filesystem_free(struct filesystem *filesystem);

/* The state of an environment or anything below one; never NULL for such a node. */
struct environment_state *filesystem_environment(struct filesystem *filesystem,
						 const struct node *node);

/*
 * Finds the child of a directory by its name, without asking anybody; for names in secrets/ it only
 * finds control files. NODE_NONE where there is none.
 */
struct node filesystem_child(struct filesystem *filesystem, const struct node *directory,
			     const char *name);

/* How many children a directory has (not secrets/), and the one at an index. */
unsigned filesystem_child_count(const struct filesystem *filesystem, const struct node *directory);
struct node filesystem_child_at(const struct filesystem *filesystem, const struct node *directory,
				unsigned index);

/* A node's name in its directory; NULL for the root. Borrowed. */
const char *filesystem_name(const struct filesystem *filesystem, const struct node *node);

/* The longest path that filesystem_path writes, with its NUL. */
#define PATH_SIZE 1100

/* The node's path from the root of the mount, with `name` (may be NULL) appended. */
void filesystem_path(const struct filesystem *filesystem, const struct node *node, const char *name,
		     char path[static PATH_SIZE]);

/*
 * Logs a refusal in .errors and returns its errno. `name`, if not NULL, is the child of `node` that
 * is meant.
 */
int filesystem_refuse(struct filesystem *filesystem, const char *operation, const struct node *node,
		      const char *name, const struct outcome *outcome);

/* Logs the listed names of secrets/ that no file can have, once until their number changes. */
void filesystem_log_unshown(struct filesystem *filesystem, const struct node *directory);

/* OUTCOME_OK, or why nothing can be written in this environment. */
struct outcome filesystem_may_write(struct filesystem *filesystem, const struct node *node);

/*
 * After a failed change: if some of several Workers may have taken it, or the answer alone was
 * lost, the listing is no longer believed.
 */
void filesystem_doubt(struct environment_state *environment, const struct outcome *outcome);

/* Keeps, replaces or (with OUTCOME_OK) drops the failed change of a name. */
void filesystem_keep_failure(struct environment_state *environment, const char *name,
			     const struct outcome *outcome);
const struct outcome *filesystem_failure(const struct environment_state *environment,
					 const char *name);

/* The text of .status, pretty JSON with a newline; the caller frees it. NULL where memory is short.
 */
checked char *filesystem_status(const struct filesystem *filesystem, size_t *length);

/* Forgets all listings, so that the next look asks (SIGHUP). */
void filesystem_refresh(struct filesystem *filesystem);

#endif
