/* SPDX-License-Identifier: MIT */
#include "filesystem.h"
#include "../backends/locked.h"
#include "change.h"
#include "control_file.h"
#include "deploys.h"
#include "discovery.h"
#include "errno_table.h"
#include "flag_listing.h"
#include "guests.h"
#include "installs.h"
#include "journal.h"
#include "keeper.h"
#include "names.h"
#include "promotion.h"
#include "routes.h"
#include "scratch.h"
#include "token_renewal.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Room for some 900 writers with values of up to 4 KiB, or for the 64 largest temporary files, which
 * take 68 KiB each, and a dozen writers of 64 KiB, each with two copies, and a body, inside the 8 MiB that an ordinary user may lock on Debian 12
 * (RLIMIT_MEMLOCK).
 */
#define ARENA_SIZE ((size_t)7 * 1024 * 1024)

/* For what libcurl holds of requests on their way, some 20 of them; inside these 8 MiB, too. */
#define LOCKED_SIZE ((size_t)768 * 1024)

/* So many names that cannot be shown are logged; more would push everything else out of the log. */
#define UNSHOWN_LOGGED 10

static bool out_of_memory(void)
{
	fprintf(stderr, "hsxfs: out of memory\n");
	return false;
}

static void tell_unfinished(void *context, const char *operation, const char *path)
{
	struct filesystem *filesystem = context;
	struct outcome outcome =
	    outcome_advise(outcome_make(OUTCOME_CANCELLED,
					"an earlier mount ended before the answer came: outcome "
					"unknown"),
			   "write or remove again to be sure");

	error_log_add(filesystem->errors, operation, path, &outcome);
}

char *filesystem_state_directory(const struct options *options)
{
	return options->state ? strdup(options->state) : journal_default_directory();
}

/* A mount that cannot change anything has nothing to note. */
static void look_at_journal(struct filesystem *filesystem)
{
	char *directory = filesystem_state_directory(filesystem->options);

	if (directory)
		journal_look(directory, filesystem->past);
	free(directory);
}

static bool begin_journal(struct filesystem *filesystem)
{
	char problem[JOURNAL_PROBLEM_SIZE];
	char *directory;

	if (filesystem->options->read_only) {
		look_at_journal(filesystem);
		return true;
	}
	directory = filesystem_state_directory(filesystem->options);
	if (!directory) {
		fprintf(stderr, "hsxfs: no state directory for the journal of changes: set HOME, "
				"or name one with -o state=\n");
		return false;
	}
	filesystem->journal =
	    journal_open(directory, filesystem->past, tell_unfinished, filesystem, problem);
	free(directory);
	if (filesystem->journal)
		return true;
	fprintf(stderr, "hsxfs: %s\n", problem);
	return false;
}

void filesystem_say_locked(struct filesystem *filesystem, bool locked)
{
	if (!locked && filesystem->arena_locked)
		fprintf(stderr, "hsxfs: warning: the memory that holds values could not be locked "
				"(ulimit -l): they may be swapped out\n");
	filesystem->arena_locked &= locked;
}

static bool begin(struct filesystem *filesystem)
{
	bool locked = true;

	filesystem->arena_locked = true;
	filesystem->arena = arena_new(ARENA_SIZE, &locked);
	filesystem->loop = loop_new(filesystem->options->spin);
	if (!filesystem->arena || !filesystem->loop)
		return out_of_memory();
	filesystem_say_locked(filesystem, locked_begin(LOCKED_SIZE) && locked);
	filesystem->http = http_new(filesystem->loop);
	filesystem->guests = guests_new(filesystem->options->uid);
	filesystem->names = name_table_new();
	filesystem->errors = error_log_new();
	filesystem->scratch = scratch_table_new(filesystem);
	filesystem->past = journal_past_new();
	if (filesystem->errors && filesystem->options->debug)
		error_log_echo(filesystem->errors);
	if (!filesystem->guests || !filesystem->http || !filesystem->names || !filesystem->errors ||
	    !filesystem->scratch || !filesystem->past)
		return out_of_memory();
	return begin_journal(filesystem) && accounts_begin(filesystem);
}

struct filesystem *filesystem_new(const struct config *config, const struct options *options,
				  const char *mountpoint)
{
	struct filesystem *filesystem = calloc(1, sizeof(*filesystem));

	if (!filesystem) {
		(void)out_of_memory();
		return NULL;
	}
	filesystem->config = config;
	filesystem->options = options;
	filesystem->mountpoint = mountpoint;
	filesystem->mounted_at = time(NULL);
	randombytes_buf(filesystem->digest_key, sizeof(filesystem->digest_key));
	if (begin(filesystem))
		return filesystem;
	filesystem_free(filesystem);
	return NULL;
}

void filesystem_free(struct filesystem *filesystem)
{
	if (!filesystem)
		return;
	promotions_free(filesystem);
	accounts_end(filesystem);
	control_files_free(filesystem);
	scratch_table_free(filesystem->scratch);
	changes_free(filesystem);
	http_free(filesystem->http);
	accounts_free(filesystem);
	journal_close(filesystem->journal);
	journal_past_free(filesystem->past);
	error_log_free(filesystem->errors);
	name_table_free(filesystem->names);
	guests_free(filesystem->guests);
	loop_free(filesystem->loop);
	arena_free(filesystem->arena);
	free(filesystem);
}

/* ---- nodes ---- */

struct project_state *filesystem_project(const struct filesystem *filesystem,
					 const struct node *node)
{
	return filesystem->projects[node->index];
}

struct environment_state *filesystem_environment(struct filesystem *filesystem,
						 const struct node *node)
{
	return &filesystem->projects[node->index]->environments[node->environment];
}

const char *filesystem_interned(const struct filesystem *filesystem, const struct node *node)
{
	return name_text(filesystem->names, node->name);
}

/* The portal's name is kept with its app's, where there are several: APP/PORTAL. */
static const char *last_part(const char *name)
{
	const char *slash = name ? strrchr(name, '/') : NULL;

	return slash ? slash + 1 : name;
}

const char *filesystem_name(const struct filesystem *filesystem, const struct node *node)
{
	switch (node->kind) {
	case NODE_ACCOUNT:
		return filesystem->accounts[node->index]->name;
	case NODE_PROJECT:
		return filesystem->projects[node->index]->name;
	case NODE_ENVIRONMENT:
		return environment_names[node->environment];
	case NODE_SCRATCH: {
		const struct scratch *scratch = scratch_of_node(filesystem->scratch, node);

		return scratch ? scratch_name(scratch) : NULL;
	}
	default:
		if (node_is_named(node->kind))
			return last_part(filesystem_interned(filesystem, node));
		return node_types[node->kind].name;
	}
}

static void append(char *path, const char *name)
{
	size_t used = strlen(path);

	snprintf(path + used, PATH_SIZE - used, "/%s", name ? name : "?");
}

/* The directory's own name: secrets/ and flags/ both have temporary files. */
static const char *directory_name(const struct filesystem *filesystem, const struct node *node)
{
	const struct scratch *scratch = NULL;

	if (node->kind == NODE_SCRATCH)
		scratch = scratch_of_node(filesystem->scratch, node);
	return node_types[scratch ? scratch_directory(scratch) : node_types[node->kind].parent]
	    .name;
}

static void append_place(const struct filesystem *filesystem, const struct node *node, char *path)
{
	const struct project_state *project = filesystem_project(filesystem, node);

	append(path, project->account->name);
	append(path, project->name);
	if (node->kind >= NODE_ENVIRONMENT)
		append(path, environment_names[node->environment]);
	if (node->kind <= NODE_ENVIRONMENT)
		return;
	if (node->kind > NODE_INSTALLS)
		append(path, directory_name(filesystem, node));
	/* With its app, where there are several. */
	append(path, node_is_named(node->kind) ? filesystem_interned(filesystem, node)
					       : filesystem_name(filesystem, node));
}

void filesystem_path(const struct filesystem *filesystem, const struct node *node, const char *name,
		     char path[static PATH_SIZE])
{
	path[0] = '\0';
	if (node->kind == NODE_ACCOUNT || node->kind >= NODE_STATUS)
		append(path, filesystem_name(filesystem, node));
	else if (node->kind >= NODE_PROJECT)
		append_place(filesystem, node, path);
	if (name)
		append(path, name);
	if (!path[0])
		append(path, "");
}

/* ---- refusals ---- */

int filesystem_refuse(struct filesystem *filesystem, const char *operation, const struct node *node,
		      const char *name, const struct outcome *outcome)
{
	char path[PATH_SIZE];

	filesystem_path(filesystem, node, name, path);
	error_log_add(filesystem->errors, operation, path, outcome);
	return errno_of(outcome->kind);
}

void filesystem_note(struct filesystem *filesystem, const char *operation, const struct node *node,
		     const struct outcome *outcome)
{
	char path[PATH_SIZE];

	filesystem_path(filesystem, node, NULL, path);
	error_log_add(filesystem->errors, operation, path, outcome);
}

struct outcome filesystem_has_secrets(struct filesystem *filesystem, const struct node *node)
{
	struct environment_state *environment = filesystem_environment(filesystem, node);

	if (environment->kept_from_secrets)
		return outcome_make(OUTCOME_READ_ONLY, "%s",
				    environment->no_secrets
					? environment->no_secrets
					: "its Workers are not those that were told first");
	if (!environment->secrets)
		return outcome_advise(
		    outcome_make(OUTCOME_READ_ONLY, "%s owns no script",
				 environment_names[node->environment]),
		    "name its Workers in the configuration: projects.%.60s.environments.%s.scripts",
		    filesystem->projects[node->index]->name, environment_names[node->environment]);
	return (struct outcome){.kind = OUTCOME_OK};
}

struct outcome filesystem_may_write(struct filesystem *filesystem, const struct node *node)
{
	struct secrets *secrets = filesystem_environment(filesystem, node)->secrets;
	struct outcome outcome;

	if (filesystem->options->read_only)
		return outcome_make(OUTCOME_READ_ONLY, "the mount is read-only (-o ro)");
	outcome = filesystem_has_secrets(filesystem, node);
	return outcome.kind == OUTCOME_OK ? secrets->ops->ready(secrets) : outcome;
}

/* Names nobody can show are said once, when their number changes. */
void filesystem_log_unshown(struct filesystem *filesystem, const struct node *directory)
{
	struct environment_state *environment = filesystem_environment(filesystem, directory);
	const struct secret_names *names = listing_names(environment->listing);
	size_t unshown = listing_unshown(environment->listing);

	if (unshown == environment->unshown_logged)
		return;
	environment->unshown_logged = unshown;
	if (names->with_nul) {
		struct outcome outcome = outcome_advise(
		    outcome_make(OUTCOME_BAD_NAME, "%zu of the listed names hold a NUL",
				 names->with_nul),
		    "no file can have such a name");

		filesystem_refuse(filesystem, "list", directory, NULL, &outcome);
	}
	for (size_t i = 0, logged = 0; unshown && i < names->count && logged < UNSHOWN_LOGGED;
	     i++) {
		struct outcome outcome;

		if (name_is_showable(names->items[i].name))
			continue;
		logged++;
		outcome = outcome_advise(
		    outcome_make(OUTCOME_BAD_NAME,
				 "a listed name (one of %zu) cannot be a file name: %.300s",
				 unshown, names->items[i].name),
		    "use wrangler for this one");
		filesystem_refuse(filesystem, "list", directory, NULL, &outcome);
	}
}

void filesystem_doubt(struct environment_state *environment, const struct outcome *outcome)
{
	const struct secrets_ops *ops = environment->secrets->ops;
	bool lost = outcome_is_unreachable(outcome->kind) || outcome->kind == OUTCOME_BAD_REPLY ||
		    outcome->kind == OUTCOME_SERVER_ERROR;

	if (lost || ops->scripts(environment->secrets) > 1)
		listing_expire(environment->listing);
}

static struct failed_change **find_failed(struct environment_state *environment,
					  enum node_kind kind, const char *name)
{
	struct failed_change **place = &environment->failed;

	while (*place && ((*place)->kind != kind || strcmp((*place)->name, name) != 0))
		place = &(*place)->next;
	return place;
}

/* Keeps the newest ones. */
static void limit_failures(struct environment_state *environment)
{
	struct failed_change **place = &environment->failed;

	for (int i = 0; *place && i < FAILED_CHANGES_MAX; i++)
		place = &(*place)->next;
	free(*place);
	*place = NULL;
}

void filesystem_keep_failure(struct environment_state *environment, enum node_kind kind,
			     const char *name, const struct outcome *outcome)
{
	struct failed_change **place = find_failed(environment, kind, name), *failed = *place;

	if (failed) {
		*place = failed->next;
		free(failed);
	}
	if (outcome->kind == OUTCOME_OK)
		return;
	failed = calloc(1, sizeof(*failed) + strlen(name) + 1);
	if (!failed)
		return;
	failed->kind = kind;
	failed->outcome = *outcome;
	strcpy(failed->name, name);
	failed->next = environment->failed;
	environment->failed = failed;
	limit_failures(environment);
}

const struct outcome *filesystem_failure(const struct environment_state *environment,
					 enum node_kind kind, const char *name)
{
	const struct failed_change *failed = environment->failed;

	while (failed && (failed->kind != kind || strcmp(failed->name, name) != 0))
		failed = failed->next;
	return failed ? &failed->outcome : NULL;
}

static void refresh_project(struct project_state *project)
{
	routes_expire(project->routes);
	deploys_expire(project->deploys);
	for (int i = 0; i < ENVIRONMENTS; i++) {
		if (project->environments[i].listing)
			listing_expire(project->environments[i].listing);
		flag_listing_expire(project->environments[i].flags);
		installs_expire(project->environments[i].installs);
	}
}

enum caller_intent filesystem_caller_intent(struct filesystem *filesystem, pid_t thread)
{
	if (filesystem->keeper)
		return keeper_caller_intent(filesystem->keeper, thread);
	return caller_intent(thread);
}

bool filesystem_caller_program(struct filesystem *filesystem, pid_t thread,
			       char program[static CALLER_PROGRAM_SIZE])
{
	if (filesystem->keeper && keeper_caller_program(filesystem->keeper, thread, program))
		return true;
	return caller_command(thread, program);
}

/* What other mounts have set. */
static void refresh_times(struct filesystem *filesystem)
{
	const struct node root = {.kind = NODE_ROOT};
	struct outcome outcome;

	if (journal_past_go_on(filesystem->past))
		return;
	outcome = outcome_advise(outcome_make(OUTCOME_LOCAL_ERROR,
					      "the journal of changes could not be read: %s",
					      strerror(errno)),
				 "times of other mounts' changes are not known");
	filesystem_refuse(filesystem, "journal", &root, NULL, &outcome);
}

void filesystem_refresh(struct filesystem *filesystem)
{
	refresh_times(filesystem);
	tokens_renew(filesystem);
	if (filesystem->discovery)
		discovery_expire(filesystem->discovery);
	for (unsigned i = 0; i < filesystem->account_count; i++) {
		struct account_state *account = filesystem->accounts[i];

		if (account->discovery)
			discovery_expire(account->discovery);
		if (account->kv)
			kv_forget_namespaces(account->kv);
	}
	for (unsigned i = 0; i < filesystem->project_count; i++)
		refresh_project(filesystem->projects[i]);
}
