/* SPDX-License-Identifier: MIT */
#include "namesakes.h"
#include "filesystem.h"
#include "names.h"
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *one, const void *other)
{
	return strcmp(((const struct project_state *)one)->slug,
		      ((const struct project_state *)other)->slug);
}

/* What the names of its stores begin with; false: a name of that length is never looked for. */
static bool make_slug(const struct project_state *project, char slug[static 2 * NAME_STORE_SIZE])
{
	char account[NAME_STORE_SIZE], name[NAME_STORE_SIZE];

	if (!name_slug(account, sizeof(account), project->account->name) ||
	    !name_slug(name, sizeof(name), project->name))
		return false;
	snprintf(slug, (size_t)2 * NAME_STORE_SIZE, "%s-%s", account, name);
	return true;
}

bool namesake_enter(struct project_state *project)
{
	void **tree = &project->account->filesystem->projects_by_slug;
	char slug[2 * NAME_STORE_SIZE];
	struct project_state *const *found, *first;

	if (!make_slug(project, slug))
		return true;
	project->slug = strdup(slug);
	if (!project->slug)
		return false;
	found = tsearch(project, tree, compare);
	if (!found)
		return false;
	first = *found;
	if (first != project) {
		project->namesake = first->namesake;
		first->namesake = project;
	}
	return true;
}

static bool share_stores(const struct account_state *one, const struct account_state *other)
{
	return one->cloudflare && other->cloudflare &&
	       !strcmp(one->cloudflare_id, other->cloudflare_id) &&
	       !strcmp(one->cloudflare_url, other->cloudflare_url);
}

/* One whose apps nobody knows may have any. */
static bool may_have_app(const struct project_state *project, const char *app)
{
	if (project->config && project->config->app_id)
		return !strcmp(project->config->app_id, app);
	for (size_t i = 0; i < project->app_count; i++)
		if (!strcmp(project->apps[i], app))
			return true;
	return project->app_count == 0;
}

static bool is_rival(const struct project_state *project, const struct project_state *other,
		     const char *app)
{
	return other != project && other->present && (other->config || !project->config) &&
	       share_stores(project->account, other->account) && may_have_app(other, app);
}

struct outcome namesake_check(const struct project_state *project)
{
	const char *app = project_app(project);
	struct project_state *const *first = NULL;

	if (project->slug && app)
		first = tfind(project, &project->account->filesystem->projects_by_slug, compare);
	for (const struct project_state *other = first ? *first : NULL; other;
	     other = other->namesake)
		if (is_rival(project, other, app))
			return outcome_advise(
			    outcome_make(OUTCOME_AMBIGUOUS,
					 "the project %.100s/%.100s has the same names in "
					 "Workers KV: nobody can say whose they are",
					 other->account->name, other->name),
			    "name this one's namespace in the configuration, by its id");
	return (struct outcome){.kind = OUTCOME_OK};
}

/* The projects themselves are freed by whoever made them. */
static void keep(void *item)
{
	(void)item;
}

void namesakes_free(void *projects_by_slug)
{
	tdestroy(projects_by_slug, keep);
}
