/* SPDX-License-Identifier: MIT */
#include "config_reader.h"
#include "names.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for the slug of an account, a project or a worker. */
#define SLUG_SIZE 256

/* An environment of the configuration, and whose it is. */
struct owner {
	struct account_config *account;
	struct project_config *project;
	enum environment environment;
};

/* The places from the root to an environment. */
struct trail {
	struct place accounts, account, projects, project, environments, environment;
};

static void trail_make(struct trail *trail, const struct owner *owner)
{
	trail->accounts = (struct place){.key = "accounts"};
	trail->account = (struct place){.parent = &trail->accounts, .key = owner->account->name};
	trail->projects = (struct place){.parent = &trail->account, .key = "projects"};
	trail->project = (struct place){.parent = &trail->projects, .key = owner->project->name};
	trail->environments = (struct place){.parent = &trail->project, .key = "environments"};
	trail->environment = (struct place){.parent = &trail->environments,
					    .key = environment_names[owner->environment]};
}

static struct environment_config *environment_of(const struct owner *owner)
{
	return &owner->project->environments[owner->environment];
}

typedef bool owner_visitor(struct reader *reader, const struct owner *owner, void *context);

static bool visit_project(struct reader *reader, struct account_config *account,
			  struct project_config *project, owner_visitor *visit, void *context)
{
	for (unsigned i = 0; i < ENVIRONMENTS; i++) {
		struct owner owner = {account, project, i};

		if (!visit(reader, &owner, context))
			return false;
	}
	return true;
}

/* Visits every environment in the order of the tree until a visit fails. */
static bool visit_all(struct reader *reader, struct config *config, owner_visitor *visit,
		      void *context)
{
	for (unsigned i = 0; i < config->account_count; i++) {
		struct account_config *account = &config->accounts[i];

		for (unsigned j = 0; j < account->project_count; j++) {
			if (!visit_project(reader, account, &account->projects[j], visit, context))
				return false;
		}
	}
	return true;
}

/* The index of the first item that stands in the list before, or count. */
static unsigned first_repeated(char *const *items, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		for (unsigned j = 0; j < i; j++) {
			if (strcmp(items[i], items[j]) == 0)
				return i;
		}
	}
	return count;
}

static bool check_list(struct reader *reader, const struct place *parent, const char *key,
		       char *const *items, unsigned count)
{
	struct place list = {.parent = parent, .key = key};
	struct place item = {.parent = &list};

	if (!items)
		return true;
	item.index = first_repeated(items, count);
	return item.index == count ||
	       reader_problem(reader, &item, "`%s` stands twice in this list; remove one",
			      items[item.index]);
}

static bool check_cloudflare(struct reader *reader, const struct owner *owner,
			     const struct trail *trail, const struct place *at)
{
	char account[PLACE_TEXT_SIZE];

	if (owner->account->cloudflare.url)
		return true;
	place_format(account, sizeof(account), &trail->account);
	return reader_problem(reader, at, "needs a `cloudflare` section in %s; add one", account);
}

static bool check_control_plane(struct reader *reader, const struct config *config,
				const struct owner *owner, const struct trail *trail,
				const struct place *at)
{
	char account[PLACE_TEXT_SIZE];

	if (owner->account->control_plane.api.url || config->control_plane.api.url)
		return true;
	place_format(account, sizeof(account), &trail->account);
	return reader_problem(reader, at,
			      "needs a control plane; add a `control_plane` section to %s or to "
			      "the top of the file",
			      account);
}

/* What a project or an environment, whose place is parent, wants done. */
static bool check_wishes(struct reader *reader, const struct config *config,
			 const struct owner *owner, const struct trail *trail,
			 const struct place *parent, bool promote,
			 enum flags_authoring_config authoring)
{
	struct place allow_promote = {.parent = parent, .key = "allow_promote"};
	struct place flags = {.parent = parent, .key = "flags"};
	struct place at = {.parent = &flags, .key = "authoring"};

	if (promote && !check_control_plane(reader, config, owner, trail, &allow_promote))
		return false;
	switch (authoring) {
	case AUTHORING_KV:
		return check_cloudflare(reader, owner, trail, &at);
	case AUTHORING_CONTROL_PLANE:
		return check_control_plane(reader, config, owner, trail, &at);
	case AUTHORING_DEFAULT:
		break;
	}
	return true;
}

/* The members that hold what Cloudflare knows by name. */
static bool check_owned(struct reader *reader, const struct owner *owner, const struct trail *trail)
{
	const struct environment_config *environment = environment_of(owner);
	const struct {
		const char *key;
		const void *value;
	} members[] = {{"scripts", environment->scripts},
		       {"flags_kv", environment->flags_kv},
		       {"installs_kv", environment->installs_kv}};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct place at = {.parent = &trail->environment, .key = members[i].key};

		if (members[i].value && !check_cloudflare(reader, owner, trail, &at))
			return false;
	}
	return true;
}

static bool check_environment(struct reader *reader, const struct owner *owner, void *context)
{
	const struct environment_config *environment = environment_of(owner);
	const struct project_config *project = owner->project;
	struct trail trail;

	trail_make(&trail, owner);
	if (environment->scripts && environment->dotenv)
		return reader_problem(reader, &trail.environment,
				      "has both `scripts` and `dotenv`; secrets live in one of "
				      "them, remove the other");
	return check_owned(reader, owner, &trail) &&
	       check_wishes(reader, context, owner, &trail, &trail.project, project->allow_promote,
			    project->authoring) &&
	       check_wishes(reader, context, owner, &trail, &trail.environment,
			    environment->allow_promote, environment->authoring) &&
	       check_list(reader, &trail.environment, "scripts", environment->scripts,
			  environment->script_count) &&
	       check_list(reader, &trail.project, "workers", project->workers,
			  project->worker_count);
}

/* The environment's own word wins over the project's. */
static bool inherit_wishes(struct reader *reader, const struct owner *owner, void *context)
{
	struct environment_config *environment = environment_of(owner);

	(void)reader;
	(void)context;
	if (!environment->promote_told)
		environment->allow_promote = owner->project->allow_promote;
	if (environment->authoring == AUTHORING_DEFAULT)
		environment->authoring = owner->project->authoring;
	return true;
}

#define LIST_BY_HAND "list production's scripts by hand in `environments.production.scripts`"

/* A project whose production gets its scripts from its workers. */
struct derivation {
	const char *account, *project;
	const char *const *workers;
	size_t count;
	const struct place *place; /* of the workers */
};

/* NULL where there is a problem. */
static char *derive_name(struct reader *reader, const struct derivation *derivation,
			 const struct place *worker)
{
	char account[SLUG_SIZE], project[SLUG_SIZE], last[SLUG_SIZE];
	char *script = NULL;
	int length;

	if (!name_slug(account, sizeof(account), derivation->account) ||
	    !name_slug(project, sizeof(project), derivation->project) ||
	    !name_slug(last, sizeof(last), derivation->workers[worker->index])) {
		(void)reader_problem(
		    reader, worker,
		    "the names of account, project and worker must each have a "
		    "letter a-z or a digit to make a script's name; " LIST_BY_HAND);
		return NULL;
	}
	length = asprintf(&script, "hsx-%s-%s-%s", account, project, last);
	if (length < 0) {
		(void)reader_no_memory(reader);
		return NULL;
	}
	if (length <= NAME_SCRIPT_MAX)
		return script;
	(void)reader_problem(reader, worker,
			     "the script's name made from this would have %d bytes, and "
			     "Cloudflare takes %d; " LIST_BY_HAND,
			     length, NAME_SCRIPT_MAX);
	free(script);
	return NULL;
}

/* The names that were made are the caller's even on false. */
static bool derive_all(struct reader *reader, const struct derivation *derivation, char ***scripts,
		       unsigned *script_count)
{
	struct place worker = {.parent = derivation->place};

	*scripts = calloc(derivation->count, sizeof(**scripts));
	if (!*scripts)
		return reader_no_memory(reader);
	for (; worker.index < derivation->count; worker.index++) {
		*script_count += 1;
		(*scripts)[worker.index] = derive_name(reader, derivation, &worker);
		if (!(*scripts)[worker.index])
			return false;
	}
	worker.index = first_repeated(*scripts, *script_count);
	return worker.index == *script_count ||
	       reader_problem(reader, &worker,
			      "makes the same script's name as another worker, `%s`; " LIST_BY_HAND,
			      (*scripts)[worker.index]);
}

/* Only production: a script's name says nothing of its environment. */
static bool derive_scripts(struct reader *reader, const struct owner *owner, void *context)
{
	struct environment_config *environment = environment_of(owner);
	const struct project_config *project = owner->project;
	struct trail trail;
	struct place workers = {.parent = &trail.project, .key = "workers"};
	const struct derivation derivation = {owner->account->name, project->name,
					      (const char *const *)project->workers,
					      project->worker_count, &workers};

	(void)context;
	if (owner->environment != PRODUCTION || environment->scripts || environment->dotenv ||
	    !owner->account->cloudflare.url || !project->worker_count)
		return true;
	trail_make(&trail, owner);
	environment->scripts_derived = true;
	return derive_all(reader, &derivation, &environment->scripts, &environment->script_count);
}

bool config_derive_scripts(const char *account, const char *project, const char *const *workers,
			   size_t count, char ***scripts, unsigned *script_count,
			   char problem[static CONFIG_ERROR_SIZE])
{
	const struct place place = {.key = "workers"};
	const struct derivation derivation = {account, project, workers, count, &place};
	char name[2 * SLUG_SIZE + 1];
	struct reader reader = {.path = name, .error = problem};

	*scripts = NULL;
	*script_count = 0;
	snprintf(name, sizeof(name), "%s/%s", account, project);
	if (count > SECRETS_SCRIPTS_MAX)
		return reader_problem(&reader, &place, "has %zu items; at most %d are allowed",
				      count, SECRETS_SCRIPTS_MAX);
	if (!count || derive_all(&reader, &derivation, scripts, script_count))
		return true;
	for (unsigned i = 0; i < *script_count; i++)
		free((*scripts)[i]);
	free(*scripts);
	*scripts = NULL;
	*script_count = 0;
	return false;
}

/* One environment's claim to a script, or to a dotenv file. */
struct claim {
	struct owner owner;
	const char *api, *account_id; /* "" for a file */
	const char *name;	      /* the script, or the file's path */
	size_t order;		      /* in the tree */
};

struct claims {
	struct claim *items;
	size_t count;
};

static bool count_claims(struct reader *reader, const struct owner *owner, void *context)
{
	const struct environment_config *environment = environment_of(owner);
	size_t *count = context;

	(void)reader;
	*count += environment->script_count + (environment->dotenv ? 1 : 0);
	return true;
}

static void add_claim(struct claims *claims, struct claim claim)
{
	claim.order = claims->count;
	claims->items[claims->count++] = claim;
}

static bool add_claims(struct reader *reader, const struct owner *owner, void *context)
{
	const struct environment_config *environment = environment_of(owner);

	(void)reader;
	for (unsigned i = 0; i < environment->script_count; i++)
		add_claim(context, (struct claim){.owner = *owner,
						  .api = owner->account->cloudflare.url,
						  .account_id = owner->account->account_id,
						  .name = environment->scripts[i]});
	if (environment->dotenv)
		add_claim(context, (struct claim){.owner = *owner,
						  .api = "",
						  .account_id = "",
						  .name = environment->dotenv});
	return true;
}

static int compare_targets(const struct claim *one, const struct claim *two)
{
	int order = strcmp(one->name, two->name);

	if (!order)
		order = strcmp(one->account_id, two->account_id);
	return order ? order : strcmp(one->api, two->api);
}

static int compare_claims(const void *one, const void *two)
{
	const struct claim *first = one, *second = two;
	int order = compare_targets(first, second);

	return order ? order : (first->order > second->order) - (first->order < second->order);
}

/* The claim of those made twice that stands first in the tree, with the one before it; or NULL. */
static const struct claim *first_double(const struct claims *claims)
{
	const struct claim *found = NULL;

	for (size_t i = 1; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		if (compare_targets(claim - 1, claim) == 0 &&
		    (!found || claim->order < found->order))
			found = claim;
	}
	return found;
}

static void format_claimant(char *buffer, size_t size, const struct claim *claim)
{
	struct trail trail;

	trail_make(&trail, &claim->owner);
	place_format(buffer, size, &trail.environment);
}

static bool claimed_twice(struct reader *reader, const struct claim *claim)
{
	const struct claim *former = claim - 1;
	bool derived = environment_of(&claim->owner)->scripts_derived ||
		       environment_of(&former->owner)->scripts_derived;
	bool file = !*claim->api;
	char owner[PLACE_TEXT_SIZE];
	struct trail trail;

	format_claimant(owner, sizeof(owner), former);
	trail_make(&trail, &claim->owner);
	return reader_problem(reader, &trail.environment,
			      "the %s `%.200s` belongs to %s already; %s", file ? "file" : "script",
			      claim->name, owner,
			      derived ? "production owns it by default, so " LIST_BY_HAND
				      : "name it in one of them only");
}

/* A change in one environment must never show in another. */
static bool check_claims(struct reader *reader, struct config *config)
{
	struct claims claims = {0};
	const struct claim *twice;
	size_t count = 0;
	bool sound;

	visit_all(reader, config, count_claims, &count);
	claims.items = calloc(count + 1, sizeof(*claims.items));
	if (!claims.items)
		return reader_no_memory(reader);
	visit_all(reader, config, add_claims, &claims);
	qsort(claims.items, claims.count, sizeof(*claims.items), compare_claims);
	twice = first_double(&claims);
	sound = !twice || claimed_twice(reader, twice);
	free(claims.items);
	return sound;
}

bool config_check(struct reader *reader, struct config *config)
{
	return visit_all(reader, config, check_environment, config) &&
	       visit_all(reader, config, inherit_wishes, NULL) &&
	       visit_all(reader, config, derive_scripts, NULL) && check_claims(reader, config);
}
