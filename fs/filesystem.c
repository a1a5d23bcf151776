/* SPDX-License-Identifier: MIT */
#include "filesystem.h"
#include "../backends/dotenv.h"
#include "errno_table.h"
#include "names.h"
#include "scratch.h"
#include "secret_file.h"
#include "token.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Room for some 900 writers with values of up to 4 KiB, or for the 64 largest temporary files and
 * 20 writers of 64 KiB, inside the 8 MiB that an ordinary user may lock on Debian 12
 * (RLIMIT_MEMLOCK).
 */
#define ARENA_SIZE ((size_t)7 * 1024 * 1024)

/* A local file costs no request; the pause only keeps `ls -l` from reading it for every name. */
#define LOCAL_TIME_TO_LIVE 1000

/* So many names that cannot be shown are logged; more would push everything else out of the log. */
#define UNSHOWN_LOGGED 10

static bool out_of_memory(void)
{
	fprintf(stderr, "hsxfs: out of memory\n");
	return false;
}

static bool begin_account(struct filesystem *filesystem, struct account_state *account)
{
	const struct account_config *config = account->config;
	char hint[TOKEN_HINT_SIZE] = "", name[300];
	struct http_api_options options = {.name = name,
					   .url = config->cloudflare.url,
					   .ca_file = config->cloudflare.ca_file,
					   .token_hint = hint,
					   .deadline = filesystem->options->deadline};
	bool insecure;

	if (!config->cloudflare.url)
		return true;
	snprintf(name, sizeof(name), "%s cloudflare", config->name);
	account->token = token_read(&config->cloudflare.token, filesystem->arena, hint, &insecure);
	if (!account->token)
		fprintf(stderr, "hsxfs: %saccounts.%s.cloudflare.token: %s\n",
			insecure ? "" : "warning: ", config->name, hint);
	if (insecure)
		return false;
	options.token = account->token;
	account->api = http_api_new(filesystem->http, &options);
	if (!account->api)
		return out_of_memory();
	account->cloudflare =
	    cloudflare_account_new(account->api, filesystem->loop, filesystem->arena,
				   config->account_id, filesystem->options->queue);
	return account->cloudflare || out_of_memory();
}

static bool begin_environment(struct filesystem *filesystem, struct account_state *account,
			      struct environment_state *state)
{
	const struct environment_config *config = state->config;
	int64_t time_to_live = filesystem->options->time_to_live;

	if (config->dotenv)
		state->secrets = dotenv_new(filesystem->loop, filesystem->arena, config->dotenv,
					    filesystem->mountpoint);
	else if (config->script_count)
		state->secrets = cloudflare_secrets_new(account->cloudflare,
							(const char *const *)config->scripts,
							config->script_count);
	else
		return true;
	if (!state->secrets)
		return out_of_memory();
	if (state->secrets->ops->local && time_to_live > LOCAL_TIME_TO_LIVE)
		time_to_live = LOCAL_TIME_TO_LIVE;
	state->listing = listing_new(state->secrets, filesystem->names, time_to_live);
	return state->listing || out_of_memory();
}

static bool begin_project(struct filesystem *filesystem, struct account_state *account,
			  const struct project_config *config)
{
	struct project_state *project = &filesystem->projects[filesystem->project_count++];

	project->config = config;
	project->account = account;
	for (int i = 0; i < ENVIRONMENTS; i++) {
		project->environments[i].config = &config->environments[i];
		if (!begin_environment(filesystem, account, &project->environments[i]))
			return false;
	}
	return true;
}

static bool begin_accounts(struct filesystem *filesystem)
{
	const struct config *config = filesystem->config;

	for (unsigned i = 0; i < config->account_count; i++) {
		struct account_state *account = &filesystem->accounts[filesystem->account_count++];

		account->config = &config->accounts[i];
		account->first_project = filesystem->project_count;
		if (!begin_account(filesystem, account))
			return false;
		for (unsigned j = 0; j < account->config->project_count; j++)
			if (!begin_project(filesystem, account, &account->config->projects[j]))
				return false;
	}
	return true;
}

static bool begin(struct filesystem *filesystem)
{
	unsigned projects = 0;

	for (unsigned i = 0; i < filesystem->config->account_count; i++)
		projects += filesystem->config->accounts[i].project_count;
	filesystem->arena = arena_new(ARENA_SIZE, &filesystem->arena_locked);
	filesystem->loop = loop_new(filesystem->options->spin);
	if (!filesystem->arena || !filesystem->loop)
		return out_of_memory();
	if (!filesystem->arena_locked)
		fprintf(stderr, "hsxfs: warning: the memory that holds values could not be locked "
				"(ulimit -l): they may be swapped out\n");
	filesystem->http = http_new(filesystem->loop);
	filesystem->names = name_table_new();
	filesystem->errors = error_log_new();
	filesystem->scratch = scratch_table_new(filesystem);
	filesystem->accounts =
	    calloc(filesystem->config->account_count + 1, sizeof(*filesystem->accounts));
	filesystem->projects = calloc(projects + 1, sizeof(*filesystem->projects));
	if (filesystem->errors && filesystem->options->debug)
		error_log_echo(filesystem->errors);
	if (!filesystem->http || !filesystem->names || !filesystem->errors ||
	    !filesystem->scratch || !filesystem->accounts || !filesystem->projects)
		return out_of_memory();
	return begin_accounts(filesystem);
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

static void free_environment(struct environment_state *environment)
{
	if (environment->secrets)
		environment->secrets->ops->free(environment->secrets);
	secret_file_free_all(environment);
	listing_free(environment->listing);
	while (environment->failed) {
		struct failed_change *failed = environment->failed;

		environment->failed = failed->next;
		free(failed);
	}
}

void filesystem_free(struct filesystem *filesystem)
{
	if (!filesystem)
		return;
	for (unsigned i = 0; i < filesystem->project_count; i++)
		for (int j = 0; j < ENVIRONMENTS; j++)
			free_environment(&filesystem->projects[i].environments[j]);
	scratch_table_free(filesystem->scratch);
	for (unsigned i = 0; i < filesystem->account_count; i++)
		cloudflare_account_free(filesystem->accounts[i].cloudflare);
	http_free(filesystem->http);
	for (unsigned i = 0; i < filesystem->account_count; i++)
		value_free(filesystem->accounts[i].token);
	free(filesystem->accounts);
	free(filesystem->projects);
	error_log_free(filesystem->errors);
	name_table_free(filesystem->names);
	loop_free(filesystem->loop);
	arena_free(filesystem->arena);
	free(filesystem);
}

struct environment_state *filesystem_environment(struct filesystem *filesystem,
						 const struct node *node)
{
	return &filesystem->projects[node->index].environments[node->environment];
}

/* ---- children ---- */

unsigned filesystem_child_count(const struct filesystem *filesystem, const struct node *directory)
{
	switch (directory->kind) {
	case NODE_ROOT:
		return filesystem->account_count;
	case NODE_ACCOUNT:
		return filesystem->accounts[directory->index].config->project_count;
	case NODE_PROJECT:
		return ENVIRONMENTS;
	case NODE_ENVIRONMENT:
		return NODE_INSTALLS - NODE_SECRETS + 1;
	default:
		return 0;
	}
}

struct node filesystem_child_at(const struct filesystem *filesystem, const struct node *directory,
				unsigned index)
{
	struct node child = *directory;

	switch (directory->kind) {
	case NODE_ROOT:
		return (struct node){.kind = NODE_ACCOUNT, .index = index};
	case NODE_ACCOUNT:
		return (struct node){.kind = NODE_PROJECT,
				     .index = filesystem->accounts[directory->index].first_project +
					      index};
	case NODE_PROJECT:
		child.kind = NODE_ENVIRONMENT;
		child.environment = index;
		return child;
	default:
		child.kind = NODE_SECRETS + index;
		return child;
	}
}

struct node filesystem_child(struct filesystem *filesystem, const struct node *directory,
			     const char *name)
{
	enum node_kind control = node_control_kind(name);
	unsigned count = filesystem_child_count(filesystem, directory);

	if (control != NODE_NONE)
		return (struct node){.kind = control};
	for (unsigned i = 0; i < count; i++) {
		struct node child = filesystem_child_at(filesystem, directory, i);

		if (!strcmp(filesystem_name(filesystem, &child), name))
			return child;
	}
	return (struct node){.kind = NODE_NONE};
}

const char *filesystem_name(const struct filesystem *filesystem, const struct node *node)
{
	switch (node->kind) {
	case NODE_ACCOUNT:
		return filesystem->accounts[node->index].config->name;
	case NODE_PROJECT:
		return filesystem->projects[node->index].config->name;
	case NODE_ENVIRONMENT:
		return environment_names[node->environment];
	case NODE_SECRET:
		return name_text(filesystem->names, node->name);
	default:
		return node_types[node->kind].name;
	}
}

static void append(char *path, const char *name)
{
	size_t used = strlen(path);

	snprintf(path + used, PATH_SIZE - used, "/%s", name ? name : "?");
}

void filesystem_path(const struct filesystem *filesystem, const struct node *node, const char *name,
		     char path[static PATH_SIZE])
{
	const struct project_state *project = &filesystem->projects[node->index];

	path[0] = '\0';
	if (node->kind == NODE_ACCOUNT)
		append(path, filesystem_name(filesystem, node));
	if (node->kind >= NODE_PROJECT && node->kind <= NODE_SCRATCH) {
		append(path, project->account->config->name);
		append(path, project->config->name);
	}
	if (node->kind >= NODE_ENVIRONMENT && node->kind <= NODE_SCRATCH)
		append(path, environment_names[node->environment]);
	if (node->kind >= NODE_SECRETS && node->kind <= NODE_INSTALLS)
		append(path, node_types[node->kind].name);
	if (node->kind == NODE_SECRET) {
		append(path, node_types[NODE_SECRETS].name);
		append(path, name_text(filesystem->names, node->name));
	}
	if (node->kind == NODE_SCRATCH) {
		const struct scratch *scratch = scratch_of_node(filesystem->scratch, node);

		append(path, node_types[NODE_SECRETS].name);
		append(path, scratch ? scratch_name(scratch) : NULL);
	}
	if (node->kind == NODE_STATUS || node->kind == NODE_ERRORS)
		append(path, node_types[node->kind].name);
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

struct outcome filesystem_may_write(struct filesystem *filesystem, const struct node *node)
{
	struct environment_state *environment = filesystem_environment(filesystem, node);

	if (filesystem->options->read_only)
		return outcome_make(OUTCOME_READ_ONLY, "the mount is read-only (-o ro)");
	if (!environment->secrets)
		return outcome_advise(
		    outcome_make(OUTCOME_READ_ONLY, "%s owns no script",
				 environment_names[node->environment]),
		    "name its Workers in the configuration: projects.%.60s.environments.%s.scripts",
		    filesystem->projects[node->index].config->name,
		    environment_names[node->environment]);
	return environment->secrets->ops->ready(environment->secrets);
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

static struct failed_change **find_failed(struct environment_state *environment, const char *name)
{
	struct failed_change **place = &environment->failed;

	while (*place && strcmp((*place)->name, name) != 0)
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

void filesystem_keep_failure(struct environment_state *environment, const char *name,
			     const struct outcome *outcome)
{
	struct failed_change **place = find_failed(environment, name), *failed = *place;

	if (failed) {
		*place = failed->next;
		free(failed);
	}
	if (outcome->kind == OUTCOME_OK)
		return;
	failed = calloc(1, sizeof(*failed) + strlen(name) + 1);
	if (!failed)
		return;
	failed->outcome = *outcome;
	strcpy(failed->name, name);
	failed->next = environment->failed;
	environment->failed = failed;
	limit_failures(environment);
}

const struct outcome *filesystem_failure(const struct environment_state *environment,
					 const char *name)
{
	const struct failed_change *failed = environment->failed;

	while (failed && strcmp(failed->name, name) != 0)
		failed = failed->next;
	return failed ? &failed->outcome : NULL;
}

void filesystem_refresh(struct filesystem *filesystem)
{
	for (unsigned i = 0; i < filesystem->project_count; i++)
		for (int j = 0; j < ENVIRONMENTS; j++)
			if (filesystem->projects[i].environments[j].listing)
				listing_expire(filesystem->projects[i].environments[j].listing);
}
