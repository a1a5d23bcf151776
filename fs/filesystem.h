/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FILESYSTEM_H
#define HSXFS_FILESYSTEM_H

#include "../backends/http.h"
#include "accounts.h"
#include "brake.h"
#include "caller.h"
#include "config.h"
#include "edition.h"
#include "error_log.h"
#include "name_table.h"
#include "options.h"
#include "readers.h"
#include "sandbox.h"
#include "tree.h"

/*
 * The one context of a mount: its accounts with all that is in them, and the state that operations
 * share. It knows nothing of FUSE.
 */

struct keeper;

struct filesystem {
	const struct config *config;
	const struct options *options;
	const char *mountpoint; /* absolute, resolved */
	struct loop *loop;
	struct arena *arena;
	bool arena_locked;
	struct http *http;
	struct connection cloudflare_api; /* for accounts that are only told of */
	struct connection control_api;
	struct control_plane *plane; /* that tells of accounts; NULL: none */
	struct discovery *discovery; /* of accounts; NULL with it */
	struct account_state **accounts;
	unsigned account_count;
	void *accounts_by_name; /* a tree of the same */
	unsigned stale_told;	/* see stale.h */
	unsigned unfit_names;	/* that the control plane told, of directories */
	struct project_state **projects;
	unsigned project_count;
	void *projects_by_slug;		    /* see namesakes.h */
	struct promotion *promotions;	    /* running ones */
	struct change *changes;		    /* likewise */
	struct directory *directories;	    /* open ones */
	struct control_file *control_files; /* likewise */
	struct edition_room edition_room;   /* for installs */
	struct guests *guests;		    /* what others hold of it */
	struct journal *journal;	    /* NULL: the mount is read-only */
	struct journal_past *past;	    /* what it tells of earlier changes */
	struct name_table *names;
	struct error_log *errors;
	struct scratch_table *scratch;
	struct brake brake;
	struct readers readers;
	unsigned char digest_key[32]; /* random, of this mount */
	struct keeper *keeper;	      /* NULL: there is none */
	struct sandbox_layers sandbox;
	uid_t uid; /* whose files they are */
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

/* Whether some memory for values could be locked; the first that could not is a warning. */
void filesystem_say_locked(struct filesystem *filesystem, bool locked);

/* The state of an environment or anything below one; never NULL for such a node. */
struct environment_state *filesystem_environment(struct filesystem *filesystem,
						 const struct node *node);

/* The state of a project or anything below one; never NULL for such a node. */
struct project_state *filesystem_project(const struct filesystem *filesystem,
					 const struct node *node);

/* The name of a node that has one of the name table, as the name table has it; NULL: forgotten. */
const char *filesystem_interned(const struct filesystem *filesystem, const struct node *node);

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

/* Notes in .errors how something ended that did not fail, but is worth knowing. */
void filesystem_note(struct filesystem *filesystem, const char *operation, const struct node *node,
		     const struct outcome *outcome);

/* Logs the listed names of secrets/ that no file can have, once until their number changes. */
void filesystem_log_unshown(struct filesystem *filesystem, const struct node *directory);

/* OUTCOME_OK, or why an environment has no secrets: it owns no script. */
struct outcome filesystem_has_secrets(struct filesystem *filesystem, const struct node *node);

/* OUTCOME_OK, or why no secret can be written in this environment. */
struct outcome filesystem_may_write(struct filesystem *filesystem, const struct node *node);

/*
 * After a failed change: if some of several Workers may have taken it, or the answer alone was
 * lost, the listing is no longer believed.
 */
void filesystem_doubt(struct environment_state *environment, const struct outcome *outcome);

/* Keeps, replaces or (with OUTCOME_OK) drops the failed change of a file of that kind and name. */
void filesystem_keep_failure(struct environment_state *environment, enum node_kind kind,
			     const char *name, const struct outcome *outcome);
const struct outcome *filesystem_failure(const struct environment_state *environment,
					 enum node_kind kind, const char *name);

/* The text of .status, pretty JSON with a newline; the caller frees it. NULL where memory is short.
 */
checked char *filesystem_status(const struct filesystem *filesystem, size_t *length);

/* Forgets all listings, so that the next look asks, and has the tokens read again (SIGHUP). */
void filesystem_refresh(struct filesystem *filesystem);

/* As caller_intent and caller_program; the keeper tells, who may wait, and see what the sandbox hides. */
enum caller_intent filesystem_caller_intent(struct filesystem *filesystem, pid_t thread);
bool filesystem_caller_program(struct filesystem *filesystem, pid_t thread,
			       char program[static CALLER_PROGRAM_SIZE]);

/* The directory of the journal; the caller frees it. NULL where there is none, or memory is short.
 */
checked char *filesystem_state_directory(const struct options *options);

#endif
