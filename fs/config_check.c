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
	struct place item = {.parent = &list, .index = first_repeated(items, count)};

	return item.index == count ||
	       reader_problem(reader, &item, "`%s` stands twice in this list; remove one",
			      items[item.index]);
}

static bool check_cloudflare(struct reader *reader, const struct owner *owner,
			     const struct trail *trail, const char *key)
{
	struct place at = {.parent = &trail->environment, .key = key};
	char account[PLACE_TEXT_SIZE];

	if (owner->account->cloudflare.url)
		return true;
	place_format(account, sizeof(account), &trail->account);
	return reader_problem(reader, &at, "needs a `cloudflare` section in %s; add one", account);
}

static bool check_environment(struct reader *reader, const struct owner *owner, void *context)
{
	const struct environment_config *environment = environment_of(owner);
	struct trail trail;

	(void)context;
	trail_make(&trail, owner);
	if (environment->scripts && environment->dotenv)
		return reader_problem(reader, &trail.environment,
				      "has both `scripts` and `dotenv`; secrets live in one of "
				      "them, remove the other");
	if (environment->scripts && !check_cloudflare(reader, owner, &trail, "scripts"))
		return false;
	if (environment->flags_kv && !check_cloudflare(reader, owner, &trail, "flags_kv"))
		return false;
	return check_list(reader, &trail.environment, "scripts", environment->scripts,
			  environment->script_count) &&
	       check_list(reader, &trail.project, "workers", owner->project->workers,
			  owner->project->worker_count);
}

#define LIST_BY_HAND "list production's scripts by hand in `environments.production.scripts`"

static bool derive_name(struct reader *reader, const struct owner *owner, unsigned worker,
			const struct place *at, char **script)
{
	char account[SLUG_SIZE], project[SLUG_SIZE], last[SLUG_SIZE];
	int length;

	if (!name_slug(account, sizeof(account), owner->account->name) ||
	    !name_slug(project, sizeof(project), owner->project->name) ||
	    !name_slug(last, sizeof(last), owner->project->workers[worker]))
		return reader_problem(
		    reader, at,
		    "the names of account, project and worker must each have a "
		    "letter a-z or a digit to make a script's name; " LIST_BY_HAND);
	length = asprintf(script, "hsx-%s-%s-%s", account, project, last);
	if (length < 0) {
		*script = NULL;
		return reader_no_memory(reader);
	}
	if (length > NAME_SCRIPT_MAX)
		return reader_problem(reader, at,
				      "the script's name made from this would have %d bytes, and "
				      "Cloudflare takes %d; " LIST_BY_HAND,
				      length, NAME_SCRIPT_MAX);
	return true;
}

static bool derive_all(struct reader *reader, const struct owner *owner,
		       struct environment_config *environment)
{
	struct trail trail;
	struct place workers = {.parent = &trail.project, .key = "workers"};
	struct place worker = {.parent = &workers};

	trail_make(&trail, owner);
	for (; worker.index < owner->project->worker_count; worker.index++) {
		environment->script_count++;
		if (!derive_name(reader, owner, (unsigned)worker.index, &worker,
				 &environment->scripts[worker.index]))
			return false;
	}
	worker.index = first_repeated(environment->scripts, environment->script_count);
	return worker.index == environment->script_count ||
	       reader_problem(reader, &worker,
			      "makes the same script's name as another worker, `%s`; " LIST_BY_HAND,
			      environment->scripts[worker.index]);
}

/* Only production: a script's name says nothing of its environment. */
static bool derive_scripts(struct reader *reader, const struct owner *owner, void *context)
{
	struct environment_config *environment = environment_of(owner);

	(void)context;
	if (owner->environment != PRODUCTION || environment->scripts || environment->dotenv ||
	    !owner->account->cloudflare.url || !owner->project->worker_count)
		return true;
	environment->scripts = calloc(owner->project->worker_count, sizeof(*environment->scripts));
	if (!environment->scripts)
		return reader_no_memory(reader);
	environment->scripts_derived = true;
	return derive_all(reader, owner, environment);
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
	return visit_all(reader, config, check_environment, NULL) &&
	       visit_all(reader, config, derive_scripts, NULL) && check_claims(reader, config);
}
