/* SPDX-License-Identifier: MIT */
#include "accounts.h"
#include "../backends/dotenv.h"
#include "deploys.h"
#include "directory.h"
#include "discovery.h"
#include "filesystem.h"
#include "flag_listing.h"
#include "installs.h"
#include "names.h"
#include "namesakes.h"
#include "routes.h"
#include "script_claims.h"
#include "value_file.h"
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A local file costs no request; the pause only keeps `ls -l` from reading it for every name. */
#define LOCAL_TIME_TO_LIVE 1000

/* The most that a control plane can add over the life of a mount, which never forgets one. */
#define ACCOUNTS_MAX 4096
#define PROJECTS_MAX 100000

/* So many names that cannot be shown are told: more would push all else out of .errors. */
#define UNFIT_NAMES_MAX 16

static const struct environment_config nothing_configured;

static bool out_of_memory(void)
{
	fprintf(stderr, "hsxfs: out of memory\n");
	return false;
}

/* Makes room for one pointer more. */
static bool grow(void *array, unsigned count)
{
	void *bigger, *old;

	memcpy(&old, array, sizeof(old));
	if (count & (count - 1))
		return true;
	bigger = realloc(old, (count ? 2 * (size_t)count : 1) * sizeof(void *));
	if (!bigger)
		return false;
	memcpy(array, &bigger, sizeof(bigger));
	/* cppcheck-suppress memleak; it was copied to the array, whatever that points to */
	return true;
}

/* ---- connections ---- */

static bool connect_own(struct account_state *account, const struct api_config *config,
			const char *section, struct connection *connection)
{
	char owner[400], name[300];

	if (!config->url)
		return true;
	snprintf(owner, sizeof(owner), "accounts.%s.%s", account->name, section);
	snprintf(name, sizeof(name), "%s %s", account->name,
		 strcmp(section, "control_plane") == 0 ? "control plane" : section);
	return connection_open(account->filesystem, config, owner, name, connection);
}

static struct control_plane *new_plane(struct http_api *api, const struct control_config *config)
{
	return control_plane_new(api, (const char *const *)config->paths);
}

static bool begin_cloudflare(struct account_state *account, struct http_api *api, const char *id)
{
	struct filesystem *filesystem = account->filesystem;

	struct cloudflare_account *cloudflare = cloudflare_account_new(
	    api, filesystem->loop, filesystem->arena, id, filesystem->options->queue);
	struct kv *kv = kv_new(api, filesystem->loop, id);
	char *copy = strdup(id);

	if (!cloudflare || !kv || !copy) {
		cloudflare_account_free(cloudflare);
		kv_free(kv);
		free(copy);
		return false;
	}
	account->cloudflare = cloudflare;
	account->cloudflare_id = copy;
	account->cloudflare_url = http_api_status(api).url;
	account->kv = kv;
	return true;
}

static bool begin_plane(struct account_state *account)
{
	struct filesystem *filesystem = account->filesystem;

	account->plane = filesystem->plane;
	if (account->control_api.api)
		account->plane =
		    new_plane(account->control_api.api, &account->config->control_plane);
	if (!account->plane)
		return !account->control_api.api;
	if (!account->discovery)
		account->discovery = discovery_of_projects(account);
	return account->discovery != NULL;
}

/* ---- environments and projects ---- */

static bool take_secrets(struct environment_state *state, struct secrets *secrets)
{
	struct filesystem *filesystem = state->project->account->filesystem;
	int64_t time_to_live = filesystem->options->time_to_live;

	if (!secrets)
		return false;
	if (secrets->ops->local && time_to_live > LOCAL_TIME_TO_LIVE)
		time_to_live = LOCAL_TIME_TO_LIVE;
	state->listing = listing_new(secrets, filesystem->names, time_to_live);
	if (state->listing)
		state->secrets = secrets;
	else
		secrets->ops->free(secrets);
	return state->listing != NULL;
}

static bool begin_secrets(struct environment_state *state)
{
	struct account_state *account = state->project->account;
	struct filesystem *filesystem = account->filesystem;
	const struct environment_config *config = state->config;

	if (config->dotenv)
		return take_secrets(state, dotenv_new(filesystem->loop, filesystem->arena,
						      config->dotenv, filesystem->mountpoint));
	if (config->script_count)
		return take_secrets(state,
				    cloudflare_secrets_new(account->cloudflare,
							   (const char *const *)config->scripts,
							   config->script_count));
	return true;
}

static bool begin_environment(struct project_state *project, enum environment environment)
{
	struct environment_state *state = &project->environments[environment];

	state->project = project;
	state->environment = environment;
	state->config =
	    project->config ? &project->config->environments[environment] : &nothing_configured;
	state->flags = flag_listing_new(project->account->filesystem, state);
	state->installs = installs_new(project->account->filesystem, state);
	return state->flags && state->installs && begin_secrets(state);
}

static bool begin_project(struct project_state *project)
{
	project->routes = routes_new(project);
	project->deploys = deploys_new(project);
	if (!project->routes || !project->deploys)
		return false;
	for (enum environment i = 0; i < ENVIRONMENTS; i++)
		if (!begin_environment(project, i))
			return false;
	return true;
}

static void free_apps(struct project_state *project)
{
	for (size_t i = 0; i < project->app_count; i++)
		free(project->apps[i]);
	free(project->apps);
	project->apps = NULL;
	project->app_count = 0;
}

static void free_failures(struct environment_state *environment)
{
	while (environment->failed) {
		struct failed_change *failed = environment->failed;

		environment->failed = failed->next;
		free(failed);
	}
}

static void end_environment(struct environment_state *environment)
{
	if (environment->secrets)
		environment->secrets->ops->free(environment->secrets);
	environment->secrets = NULL;
	value_file_free_all(environment);
	listing_free(environment->listing);
	flag_listing_free(environment->flags);
	installs_free(environment->installs);
	free_failures(environment);
	free(environment->no_secrets);
}

static void free_project(struct project_state *project)
{
	if (!project)
		return;
	for (int i = 0; i < ENVIRONMENTS; i++)
		end_environment(&project->environments[i]);
	routes_free(project->routes);
	deploys_free(project->deploys);
	free_apps(project);
	free(project->slug);
	free(project->name);
	free(project);
}

static int compare_projects(const void *one, const void *other)
{
	return strcmp(((const struct project_state *)one)->name,
		      ((const struct project_state *)other)->name);
}

static int compare_accounts(const void *one, const void *other)
{
	return strcmp(((const struct account_state *)one)->name,
		      ((const struct account_state *)other)->name);
}

static struct project_state *new_project(struct account_state *account, const char *name,
					 const struct project_config *config)
{
	struct project_state *project = calloc(1, sizeof(*project));

	if (!project)
		return NULL;
	project->account = account;
	project->index = account->filesystem->project_count;
	project->config = config;
	project->present = config != NULL;
	project->name = strdup(name);
	if (project->name && begin_project(project))
		return project;
	free_project(project);
	return NULL;
}

/* Nobody meets one that is half made. */
static struct project_state *add_project(struct account_state *account, const char *name,
					 const struct project_config *config)
{
	struct filesystem *filesystem = account->filesystem;
	struct project_state *project;

	if (filesystem->project_count >= (config ? TREE_INDEX_MAX : PROJECTS_MAX) ||
	    !grow(&filesystem->projects, filesystem->project_count) ||
	    !grow(&account->projects, account->project_count))
		return NULL;
	project = new_project(account, name, config);
	if (!project || !tsearch(project, &account->projects_by_name, compare_projects)) {
		free_project(project);
		return NULL;
	}
	if (!namesake_enter(project)) {
		tdelete(project, &account->projects_by_name, compare_projects);
		free_project(project);
		return NULL;
	}
	filesystem->projects[filesystem->project_count++] = project;
	account->projects[account->project_count++] = project;
	return project;
}

static struct account_state *add_account(struct filesystem *filesystem, const char *name,
					 const struct account_config *config)
{
	struct account_state *account;

	if (filesystem->account_count >= (config ? TREE_INDEX_MAX : ACCOUNTS_MAX) ||
	    !grow(&filesystem->accounts, filesystem->account_count))
		return NULL;
	account = calloc(1, sizeof(*account));
	if (!account)
		return NULL;
	account->filesystem = filesystem;
	account->index = filesystem->account_count;
	account->config = config;
	account->present = config != NULL;
	account->name = strdup(name);
	if (!account->name || !tsearch(account, &filesystem->accounts_by_name, compare_accounts)) {
		free(account->name);
		free(account);
		return NULL;
	}
	filesystem->accounts[filesystem->account_count++] = account;
	return account;
}

/* ---- the configuration ---- */

static bool begin_account(struct filesystem *filesystem, const struct account_config *config)
{
	struct account_state *account = add_account(filesystem, config->name, config);

	if (!account)
		return out_of_memory();
	if (!connect_own(account, &config->cloudflare, "cloudflare", &account->cloudflare_api) ||
	    !connect_own(account, &config->control_plane.api, "control_plane",
			 &account->control_api))
		return false;
	if (account->cloudflare_api.api &&
	    !begin_cloudflare(account, account->cloudflare_api.api, config->account_id))
		return out_of_memory();
	if (!begin_plane(account))
		return out_of_memory();
	for (unsigned i = 0; i < config->project_count; i++)
		if (!add_project(account, config->projects[i].name, &config->projects[i]))
			return out_of_memory();
	return true;
}

static bool begin_shared(struct filesystem *filesystem)
{
	const struct config *config = filesystem->config;

	if (config->cloudflare.url &&
	    !connection_open(filesystem, &config->cloudflare, "cloudflare", "cloudflare",
			     &filesystem->cloudflare_api))
		return false;
	if (!config->control_plane.api.url)
		return true;
	if (!connection_open(filesystem, &config->control_plane.api, "control_plane",
			     "control plane", &filesystem->control_api))
		return false;
	filesystem->plane = new_plane(filesystem->control_api.api, &config->control_plane);
	if (filesystem->plane)
		filesystem->discovery = discovery_of_accounts(filesystem);
	return filesystem->discovery || out_of_memory();
}

bool accounts_begin(struct filesystem *filesystem)
{
	const struct config *config = filesystem->config;

	if (!begin_shared(filesystem))
		return false;
	for (unsigned i = 0; i < config->account_count; i++)
		if (!begin_account(filesystem, &config->accounts[i]))
			return false;
	return true;
}

/* ---- what the control plane tells ---- */

struct account_state *account_find(const struct filesystem *filesystem, const char *name)
{
	struct account_state wanted = {.name = (char *)name};
	struct account_state *const *found =
	    tfind(&wanted, &filesystem->accounts_by_name, compare_accounts);

	return found ? *found : NULL;
}

struct project_state *project_find(const struct account_state *account, const char *name)
{
	struct project_state wanted = {.name = (char *)name};
	struct project_state *const *found =
	    tfind(&wanted, &account->projects_by_name, compare_projects);

	return found ? *found : NULL;
}

static void log_name(struct filesystem *filesystem, const struct node *directory, const char *what,
		     const char *name)
{
	struct outcome outcome = outcome_advise(
	    outcome_make(OUTCOME_BAD_NAME, "the control plane tells of %s `%.200s'", what, name),
	    "no directory can have that name: it is not shown");

	if (filesystem->unfit_names++ < UNFIT_NAMES_MAX)
		filesystem_refuse(filesystem, "list", directory, NULL, &outcome);
}

static bool is_account_id(const char *id)
{
	return id && strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32;
}

bool account_told(struct filesystem *filesystem, const struct control_account *told, unsigned round)
{
	const struct node root = {.kind = NODE_ROOT};
	struct account_state *account = account_find(filesystem, told->id);

	if (!account && !name_is_valid_directory(told->id)) {
		log_name(filesystem, &root, "an account", told->id);
		return true;
	}
	if (!account)
		account = add_account(filesystem, told->id, NULL);
	/* It may be one for whose discovery memory was short when it was told of before. */
	if (!account || (!account->config && !begin_plane(account)))
		return false;
	account->present = true;
	account->round = round;
	if (account->cloudflare || !filesystem->cloudflare_api.api ||
	    !is_account_id(told->cloudflare_account_id))
		return true;
	return begin_cloudflare(account, filesystem->cloudflare_api.api,
				told->cloudflare_account_id);
}

static void keep_from_secrets(struct environment_state *state, const char *reason)
{
	const struct node directory = {.kind = NODE_SECRETS,
				       .environment = state->environment,
				       .index = state->project->index};
	struct outcome outcome =
	    outcome_advise(outcome_make(OUTCOME_BAD_NAME, "%s", reason),
			   "list production's scripts in the configuration by hand");

	if (state->no_secrets && !strcmp(state->no_secrets, reason))
		return;
	state->kept_from_secrets = true;
	free(state->no_secrets);
	state->no_secrets = strdup(reason);
	filesystem_refuse(state->project->account->filesystem, "list", &directory, NULL, &outcome);
}

/* No change in one environment may show in another. */
static const char *script_of_another(const struct project_state *project, char *const *scripts,
				     unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (script_is_anothers(project, scripts[i]))
			return scripts[i];
	return NULL;
}

static bool own_scripts(struct environment_state *state, char *const *scripts, unsigned count)
{
	struct account_state *account = state->project->account;
	const char *taken = script_of_another(state->project, scripts, count);
	char reason[300];

	if (!taken)
		return take_secrets(state,
				    cloudflare_secrets_new(account->cloudflare,
							   (const char *const *)scripts, count));
	snprintf(reason, sizeof(reason), "the script `%.100s' is another environment's, or may be",
		 taken);
	keep_from_secrets(state, reason);
	return true;
}

static bool has_name(const struct secrets *secrets, const char *name)
{
	for (unsigned i = 0; i < secrets->ops->scripts(secrets); i++)
		if (!strcmp(secrets->ops->script(secrets, i), name))
			return true;
	return false;
}

/* Changes may be on their way to those that were told first, so no others take their place. */
static void compare_scripts(struct environment_state *state, char *const *scripts, unsigned count)
{
	bool same = state->secrets->ops->scripts(state->secrets) == count;

	for (unsigned i = 0; same && i < count; i++)
		same = has_name(state->secrets, scripts[i]);
	if (!same) {
		keep_from_secrets(state, "the project has other Workers than when it was mounted: "
					 "unmount and mount again");
		return;
	}
	state->kept_from_secrets = false;
	free(state->no_secrets);
	state->no_secrets = NULL;
}

/* Production, and production alone, owns the scripts that are named after the project's workers. */
static bool derive_secrets(struct project_state *project, const char *const *workers,
			   size_t worker_count)
{
	struct environment_state *state = &project->environments[PRODUCTION];
	char **scripts = NULL, problem[CONFIG_ERROR_SIZE];
	unsigned count = 0;
	bool made = true;

	if (state->config->script_count || state->config->dotenv || !project->account->cloudflare ||
	    !worker_count)
		return true;
	if (!config_derive_scripts(project->account->name, project->name, workers, worker_count,
				   &scripts, &count, problem))
		keep_from_secrets(state, problem);
	else if (state->secrets)
		compare_scripts(state, scripts, count);
	else
		made = own_scripts(state, scripts, count);
	for (unsigned i = 0; i < count; i++)
		free(scripts[i]);
	free(scripts);
	return made;
}

/* All of them or none, for the only one of a project is the one whose flags are read and written. */
static bool take_apps(struct project_state *project, const struct control_project *told)
{
	struct project_state taken = {.apps = calloc(told->app_count + 1, sizeof(*taken.apps))};

	for (size_t i = 0; taken.apps && i < told->app_count; i++) {
		taken.apps[i] = strdup(told->apps[i]);
		if (!taken.apps[i])
			break;
		taken.app_count++;
	}
	if (!taken.apps || taken.app_count < told->app_count) {
		free_apps(&taken);
		return false;
	}
	free_apps(project);
	project->apps = taken.apps;
	project->app_count = taken.app_count;
	return true;
}

bool project_told(struct account_state *account, const struct control_project *told, unsigned round)
{
	const struct node directory = {.kind = NODE_ACCOUNT, .index = account->index};
	struct project_state *project = project_find(account, told->id);

	if (!project && !name_is_valid_directory(told->id)) {
		log_name(account->filesystem, &directory, "a project", told->id);
		return true;
	}
	if (!project)
		project = add_project(account, told->id, NULL);
	if (!project || !take_apps(project, told))
		return false;
	project->present = true;
	project->told = true;
	project->round = round;
	project->linked = told->linked;
	if (project->config && project->config->worker_count)
		return derive_secrets(project, (const char *const *)project->config->workers,
				      project->config->worker_count);
	return derive_secrets(project, (const char *const *)told->workers, told->worker_count);
}

const char *project_app(const struct project_state *project)
{
	if (project->config && project->config->app_id)
		return project->config->app_id;
	return project->app_count == 1 ? project->apps[0] : NULL;
}

bool project_has_several_apps(const struct project_state *project)
{
	return project->app_count > 1 && !project_app(project);
}

/* ---- the end ---- */

/* What is in the trees is freed by the arrays. */
static void keep(void *item)
{
	(void)item;
}

static void free_account(struct account_state *account)
{
	if (account->control_api.api)
		control_plane_free(account->plane);
	kv_free(account->kv);
	cloudflare_account_free(account->cloudflare);
	free(account->cloudflare_id);
	tdestroy(account->projects_by_name, keep);
	free(account->projects);
	free(account->name);
}

/* Routes, flags and installs may wait for a discovery: that ends first. */
static void end_discoveries(struct filesystem *filesystem)
{
	for (unsigned i = 0; i < filesystem->account_count; i++) {
		discovery_free(filesystem->accounts[i]->discovery);
		filesystem->accounts[i]->discovery = NULL;
	}
	discovery_free(filesystem->discovery);
	filesystem->discovery = NULL;
}

void accounts_end(struct filesystem *filesystem)
{
	end_discoveries(filesystem);
	namesakes_free(filesystem->projects_by_slug);
	for (unsigned i = 0; i < filesystem->project_count; i++)
		free_project(filesystem->projects[i]);
	filesystem->project_count = 0;
	directories_free(filesystem);
	for (unsigned i = 0; i < filesystem->account_count; i++)
		free_account(filesystem->accounts[i]);
	control_plane_free(filesystem->plane);
}

void accounts_free(struct filesystem *filesystem)
{
	for (unsigned i = 0; i < filesystem->account_count; i++) {
		connection_free_tokens(&filesystem->accounts[i]->cloudflare_api);
		connection_free_tokens(&filesystem->accounts[i]->control_api);
		free(filesystem->accounts[i]);
	}
	connection_free_tokens(&filesystem->cloudflare_api);
	connection_free_tokens(&filesystem->control_api);
	tdestroy(filesystem->accounts_by_name, keep);
	free(filesystem->accounts);
	free(filesystem->projects);
}
