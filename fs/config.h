/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONFIG_H
#define HSXFS_CONFIG_H

#include "../backends/control_plane.h"
#include "../backends/secrets.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * The configuration file: read, checked and turned into this tree of plain structs. Pointers are
 * owned by the struct config and freed by config_free. Nothing in it is secret.
 */

enum environment { DEV, STAGING, PRODUCTION, ENVIRONMENTS };

/* "dev", "staging", "production". */
extern const char *const environment_names[ENVIRONMENTS];

/* Where a token comes from. */
enum token_source { TOKEN_NONE, TOKEN_ENV, TOKEN_FILE, TOKEN_CREDENTIAL, TOKEN_COMMAND };

struct token_config {
	enum token_source source;
	char *name;	/* variable, absolute file path or credential name */
	char **command; /* for TOKEN_COMMAND: argv, NULL-terminated */
};

/* An HTTP API. url is NULL where the account, or the top of the file, does not have it. */
struct api_config {
	char *url; /* without a slash at its end */
	char *ca_file;
	struct token_config token;
};

/* The control plane. paths: templates, NULL for the contract's own (see control_path_types). */
struct control_config {
	struct api_config api;
	char *paths[CONTROL_PATHS];
};

/* Where flags are written: as the program thinks best, into Workers KV, to the control plane. */
enum flags_authoring_config { AUTHORING_DEFAULT, AUTHORING_KV, AUTHORING_CONTROL_PLANE };

/* An environment that says nothing of allow_promote and authoring has its project's. */
struct environment_config {
	char **scripts; /* exact Worker names; none: the environment owns no script */
	unsigned script_count;
	bool scripts_derived; /* they were not listed but made from the workers */
	char *dotenv;	      /* absolute path of a .dev.vars file, instead of scripts */
	char *flags_kv;	      /* Workers KV namespace id */
	char *flags_key;      /* the key of the snapshot in it */
	char *installs_kv;    /* Workers KV namespace id */
	bool commit_at_close; /* "commit": "close" */
	bool allow_promote;
	bool promote_told; /* allow_promote is the environment's own word */
	enum flags_authoring_config authoring;
};

struct project_config {
	char *name;
	char **workers;
	unsigned worker_count;
	char *app_id;
	bool allow_promote;		       /* the environments' default */
	enum flags_authoring_config authoring; /* likewise */
	struct environment_config environments[ENVIRONMENTS];
};

struct account_config {
	char *name;
	struct api_config cloudflare;
	char *account_id; /* 32 hex digits */
	struct control_config control_plane;
	struct project_config *projects;
	unsigned project_count;
};

struct config {
	char *path;
	struct api_config cloudflare; /* for accounts without their own; the id comes elsewhere */
	struct control_config control_plane;
	struct account_config *accounts;
	unsigned account_count;
};

/* The longest error message, with its NUL. */
#define CONFIG_ERROR_SIZE 1024

/*
 * Reads and checks a configuration file. It is opened once; it must be a regular file of at most
 * 1 MiB that belongs to the effective user or root and that nobody else can write. Returns NULL
 * with one line in error that names the file, the place in it and the mend, such as
 *   /home/me/config.json: accounts.acct_demo.cloudflare.tokn: no such member here (did you mean
 *   `token`?)
 * or, where it is no JSON, FILE:LINE:COLUMN: and what was expected there. What stands in a `token`
 * member is never quoted. The caller frees the result with config_free.
 *
 * Production owns hsx-<account>-<project>-<worker>, each part as name_slug makes it, for every
 * worker of the project if it has neither scripts nor dotenv and the account has cloudflare; its
 * scripts are then filled with these. Host names in url are in lower case, ids too; `~/` is
 * expanded in every path.
 *
 * An environment's allow_promote and authoring are its own word, or else its project's. What they
 * ask for is there: for promotions and AUTHORING_CONTROL_PLANE a control plane, the account's own
 * or the one at the top; for AUTHORING_KV, scripts, flags_kv and installs_kv the account's own
 * cloudflare. Without a control plane there is at least one account, and a project in each; what
 * the control plane tells may be left out.
 */
checked struct config *config_read(const char *path, char error[static CONFIG_ERROR_SIZE]);

/* As config_read, from text (borrowed); path is for the messages alone. */
checked struct config *config_parse(const char *path, const char *text, size_t length,
				    char error[static CONFIG_ERROR_SIZE]);

/*
 * The production scripts of a project that the configuration does not hold, made from its workers
 * as config_read makes them: *scripts gets *script_count names, as many as there are workers; the
 * caller frees each and the list. At most SECRETS_SCRIPTS_MAX workers. On false problem holds one
 * line, such as
 *   acct_demo/acme-crm: workers[0]: the script's name made from this would have 70 bytes, ...
 * and there is nothing to free.
 */
checked bool config_derive_scripts(const char *account, const char *project,
				   const char *const *workers, size_t count, char ***scripts,
				   unsigned *script_count, char problem[static CONFIG_ERROR_SIZE]);

/* NULL is allowed. */
void config_free(struct config *config);

/*
 * $XDG_CONFIG_HOME/hsxfs/config.json, or ~/.config/hsxfs/config.json. NULL where there is neither
 * variable nor home or memory is short; the caller frees it.
 */
checked char *config_default_path(void);

#endif
