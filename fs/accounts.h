/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_ACCOUNTS_H
#define HSXFS_ACCOUNTS_H

#include "../backends/cloudflare.h"
#include "../backends/control_plane.h"
#include "../backends/kv.h"
#include "config.h"
#include "connection.h"
#include "listing.h"
#include "tree.h"

/*
 * The accounts, projects and environments of a mount, each with its backends: those of the
 * configuration, and those that the control plane tells of. None is ever freed before the unmount,
 * since an inode number names it; one that is not told of any more is not present.
 */

struct filesystem;

/* A change that only a close could have reported: fsync(2) answers it until one succeeds. */
struct failed_change {
	struct failed_change *next;
	enum node_kind kind;
	struct outcome outcome;
	char name[];
};

#define FAILED_CHANGES_MAX 256

struct environment_state {
	const struct environment_config *config;
	struct project_state *project;
	enum environment environment;
	struct secrets *secrets; /* NULL: the environment owns no script */
	bool kept_from_secrets;	 /* by what the control plane told of its Workers */
	char *no_secrets;	 /* why that; NULL where memory was short */
	struct listing *listing; /* NULL with it */
	struct flag_listing *flags;
	struct installs *installs;
	struct failed_change *failed;
	struct value_file *files; /* open ones */
	uint64_t asked;		  /* inode of an unanswered lookup, see lookup.h */
	size_t unshown_logged;
	unsigned stale_told; /* a bit for each kind of directory, see stale.h */
	unsigned
	    reasons_logged; /* a bit for each kind of directory that has said why it is empty */
};

struct account_state {
	struct filesystem *filesystem;
	unsigned index; /* in the filesystem's accounts */
	char *name;
	const struct account_config *config; /* NULL: it is only told of */
	bool present;
	unsigned round;			       /* of the discovery that told of it last */
	struct connection cloudflare_api;      /* its own */
	struct cloudflare_account *cloudflare; /* NULL: no Cloudflare account is known */
	char *cloudflare_id;		       /* its id; NULL with it */
	const char *cloudflare_url;
	struct kv *kv;		       /* NULL with it */
	struct connection control_api; /* its own */
	struct control_plane *plane;   /* its own, or the mount's; NULL: none */
	struct discovery *discovery;   /* of its projects; NULL with plane */
	unsigned stale_told;
	struct project_state **projects;
	unsigned project_count;
	void *projects_by_name; /* a tree of the same */
};

struct project_state {
	struct account_state *account;
	unsigned index; /* in the filesystem's projects */
	char *name;
	const struct project_config *config; /* NULL: it is only told of */
	bool present;
	unsigned round;
	bool told, linked; /* by the control plane */
	char **apps;	   /* told */
	size_t app_count;
	char *slug;			/* see namesakes.h; NULL: it has none */
	struct project_state *namesake; /* another one with that slug */
	struct routes *routes;
	struct deploys *deploys;
	struct environment_state environments[ENVIRONMENTS];
};

/* Makes the states of the whole configuration; false with one line printed. */
checked bool accounts_begin(struct filesystem *filesystem);

/* Frees them all, as far as they were made. */
void accounts_free(struct filesystem *filesystem);

/* What waits in them gets its end; the backends are gone after this. */
void accounts_end(struct filesystem *filesystem);

/* The account, or the project of an account, of that name, present or not; NULL: there is none. */
struct account_state *account_find(const struct filesystem *filesystem, const char *name);
struct project_state *project_find(const struct account_state *account, const char *name);

/*
 * The control plane tells of an account or a project: makes or completes its state. A name that no
 * directory can have, or a script that another environment owns, is logged in .errors. False where
 * memory is short.
 */
checked bool account_told(struct filesystem *filesystem, const struct control_account *told,
			  unsigned round);
checked bool project_told(struct account_state *account, const struct control_project *told,
			  unsigned round);

/* A project's app, configured or the only one told; NULL: none, or several. */
const char *project_app(const struct project_state *project);

/* True if its installs are kept by app. */
bool project_has_several_apps(const struct project_state *project);

#endif
