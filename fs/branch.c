/* SPDX-License-Identifier: MIT */
#include "branch.h"
#include "deploys.h"
#include "discovery.h"
#include "flag_listing.h"
#include "installs.h"
#include "names.h"
#include "routes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct account_state *account_of(const struct filesystem *filesystem,
					const struct node *node)
{
	return filesystem->accounts[node->index];
}

static struct routes *routes_of(const struct filesystem *filesystem, const struct node *node)
{
	return filesystem_project(filesystem, node)->routes;
}

static struct flag_listing *flags_of(struct filesystem *filesystem, const struct node *node)
{
	return filesystem_environment(filesystem, node)->flags;
}

static struct installs *installs_of(struct filesystem *filesystem, const struct node *node)
{
	return filesystem_environment(filesystem, node)->installs;
}

static bool is_by_app(const struct filesystem *filesystem, const struct node *node)
{
	return project_has_several_apps(filesystem_project(filesystem, node));
}

bool branch_is_paged(const struct filesystem *filesystem, const struct node *directory)
{
	return directory->kind == NODE_APP ||
	       (directory->kind == NODE_INSTALLS && !is_by_app(filesystem, directory));
}

/* ---- waiting ---- */

/* What the configuration says is there without asking, whatever the control plane tells. */
static bool is_configured(const struct filesystem *filesystem, const struct node *directory,
			  const char *name)
{
	const struct account_state *account;
	const struct project_state *project;

	if (directory->kind == NODE_ROOT) {
		account = account_find(filesystem, name);
		return account && account->config;
	}
	project = project_find(account_of(filesystem, directory), name);
	if (!project || !project->config)
		return false;
	/* Its Workers may still have to be told. */
	return project->told || project->environments[PRODUCTION].secrets ||
	       !account_of(filesystem, directory)->cloudflare;
}

bool branch_asks(const struct filesystem *filesystem, const struct node *directory,
		 const char *name)
{
	switch (directory->kind) {
	case NODE_ROOT:
		return filesystem->discovery &&
		       !(name && is_configured(filesystem, directory, name));
	case NODE_ACCOUNT:
		return account_of(filesystem, directory)->discovery &&
		       !(name && is_configured(filesystem, directory, name));
	case NODE_FLAGS:
	case NODE_ROUTES:
	case NODE_INSTALLS:
	case NODE_APP:
		return true;
	default:
		return false;
	}
}

/* Where installs/ is kept by app must be known before anything in it is. */
struct apps_waiter {
	struct filesystem *filesystem;
	struct node directory;
	refresh_ready *ready;
	void *context;
	char name[];
};

static void wait_for_installs(struct filesystem *filesystem, const struct node *directory,
			      const char *name, refresh_ready *ready, void *context)
{
	const char *app =
	    directory->kind == NODE_APP ? filesystem_interned(filesystem, directory) : NULL;
	struct outcome ok = {.kind = OUTCOME_OK};
	char full[600];

	if (directory->kind == NODE_INSTALLS && is_by_app(filesystem, directory) &&
	    !(name && strchr(name, '/'))) {
		ready(context, &ok);
		return;
	}
	snprintf(full, sizeof(full), "%s%s%s", app ? app : "", app ? "/" : "", name ? name : "");
	installs_wait(installs_of(filesystem, directory), name ? full : NULL, ready, context);
}

static void apps_known(void *context, const struct outcome *outcome)
{
	struct apps_waiter *waiter = context;

	if (outcome->kind == OUTCOME_CANCELLED)
		waiter->ready(waiter->context, outcome);
	else
		wait_for_installs(waiter->filesystem, &waiter->directory,
				  *waiter->name ? waiter->name : NULL, waiter->ready,
				  waiter->context);
	free(waiter);
}

static void wait_for_apps(struct filesystem *filesystem, const struct node *directory,
			  const char *name, refresh_ready *ready, void *context)
{
	size_t length = name ? strlen(name) : 0;
	struct apps_waiter *waiter = calloc(1, sizeof(*waiter) + length + 1);
	struct outcome outcome;

	if (!waiter) {
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory to wait for an answer");
		ready(context, &outcome);
		return;
	}
	waiter->filesystem = filesystem;
	waiter->directory = *directory;
	waiter->ready = ready;
	waiter->context = context;
	if (name)
		memcpy(waiter->name, name, length);
	discovery_wait_project(filesystem_project(filesystem, directory), apps_known, waiter);
}

void branch_wait(struct filesystem *filesystem, const struct node *directory, const char *name,
		 refresh_ready *ready, void *context)
{
	struct outcome ok = {.kind = OUTCOME_OK};

	if (!branch_asks(filesystem, directory, name)) {
		ready(context, &ok);
		return;
	}
	switch (directory->kind) {
	case NODE_ROOT:
		discovery_wait(filesystem->discovery, ready, context);
		break;
	case NODE_ACCOUNT:
		discovery_wait(account_of(filesystem, directory)->discovery, ready, context);
		break;
	case NODE_FLAGS:
		flag_listing_wait(flags_of(filesystem, directory), ready, context);
		break;
	case NODE_ROUTES:
		routes_wait(routes_of(filesystem, directory), ready, context);
		break;
	default:
		wait_for_apps(filesystem, directory, name, ready, context);
	}
}

/* ---- finding ---- */

static bool has_app(const struct project_state *project, const char *app)
{
	for (size_t i = 0; i < project->app_count; i++)
		if (!strcmp(project->apps[i], app))
			return true;
	return false;
}

/* Whether the node is there, of which the name is interned as `name`. */
static bool is_there(struct filesystem *filesystem, const struct node *node, const char *name)
{
	switch (node->kind) {
	case NODE_FLAG:
		return flag_listing_find(flags_of(filesystem, node), name, false) != NULL;
	case NODE_INSTALL:
		return installs_find(installs_of(filesystem, node), name) != NULL;
	case NODE_APP:
		return name && is_by_app(filesystem, node) &&
		       has_app(filesystem_project(filesystem, node), name);
	case NODE_ACTIVE:
	case NODE_PREVIOUS:
	case NODE_REASON:
	case NODE_UPDATED:
		return routes_value(routes_of(filesystem, node), node->environment, node->kind) !=
		       NULL;
	case NODE_ACCOUNT:
		return account_of(filesystem, node)->present;
	case NODE_PROJECT:
		return filesystem_project(filesystem, node)->present;
	default:
		return true;
	}
}

bool branch_has(struct filesystem *filesystem, const struct node *node)
{
	const char *name = NULL;

	if (node_is_named(node->kind)) {
		name = filesystem_interned(filesystem, node);
		if (!name)
			return false;
	}
	return is_there(filesystem, node, name);
}

static enum node_kind kind_of_children(const struct filesystem *filesystem,
				       const struct node *directory)
{
	if (directory->kind == NODE_FLAGS)
		return NODE_FLAG;
	return branch_is_paged(filesystem, directory) ? NODE_INSTALL : NODE_APP;
}

static bool find_named(struct filesystem *filesystem, const struct node *directory,
		       const char *name, struct node *child)
{
	char full[600];

	if (directory->kind == NODE_APP)
		snprintf(full, sizeof(full), "%s/%s", filesystem_interned(filesystem, directory),
			 name);
	else
		snprintf(full, sizeof(full), "%s", name);
	child->kind = kind_of_children(filesystem, directory);
	child->name = 0;
	if (!is_there(filesystem, child, full)) {
		child->kind = NODE_NONE;
		return true;
	}
	child->name = name_hold(filesystem->names, full);
	return child->name != 0;
}

/* By their names: a control plane may tell of a great many. */
static struct node find_told(const struct filesystem *filesystem, const struct node *directory,
			     const char *name)
{
	const struct account_state *account;
	const struct project_state *project;
	struct node child = {.kind = NODE_NONE};

	if (directory->kind == NODE_ROOT) {
		account = account_find(filesystem, name);
		if (account && account->present)
			child = (struct node){.kind = NODE_ACCOUNT, .index = account->index};
	} else {
		project = project_find(account_of(filesystem, directory), name);
		if (project && project->present)
			child = (struct node){.kind = NODE_PROJECT, .index = project->index};
	}
	return child;
}

bool branch_find(struct filesystem *filesystem, const struct node *directory, const char *name,
		 struct node *child)
{
	unsigned count = branch_count(filesystem, directory);

	*child = *directory;
	if (directory->kind == NODE_FLAGS || directory->kind == NODE_INSTALLS ||
	    directory->kind == NODE_APP)
		return find_named(filesystem, directory, name, child);
	if (directory->kind == NODE_ROOT || directory->kind == NODE_ACCOUNT) {
		*child = find_told(filesystem, directory, name);
		return true;
	}
	for (unsigned i = 0; i < count; i++) {
		if (!branch_at(filesystem, directory, i, child))
			return false;
		if (child->kind != NODE_NONE && !strcmp(filesystem_name(filesystem, child), name))
			return true;
	}
	child->kind = NODE_NONE;
	return true;
}

int64_t branch_fresh_for(struct filesystem *filesystem, const struct node *directory,
			 const struct node *child)
{
	switch (directory->kind) {
	case NODE_ROOT:
		if (!filesystem->discovery || account_of(filesystem, child)->config)
			return -1;
		return discovery_fresh_for(filesystem->discovery);
	case NODE_ACCOUNT:
		if (!account_of(filesystem, directory)->discovery ||
		    filesystem_project(filesystem, child)->config)
			return -1;
		return discovery_fresh_for(account_of(filesystem, directory)->discovery);
	case NODE_ENVIRONMENT:
		/* Its time is that of the route. */
		if (child->kind == NODE_ROUTES)
			return routes_fresh_for(routes_of(filesystem, child));
		return -1;
	case NODE_FLAGS:
		return flag_listing_fresh_for(flags_of(filesystem, directory));
	case NODE_ROUTES:
		return routes_fresh_for(routes_of(filesystem, directory));
	case NODE_INSTALLS:
	case NODE_APP:
		return installs_fresh_for(installs_of(filesystem, directory));
	default:
		return -1;
	}
}

/* ---- by number ---- */

unsigned branch_count(const struct filesystem *filesystem, const struct node *directory)
{
	switch (directory->kind) {
	case NODE_ROOT:
		return filesystem->account_count;
	case NODE_ACCOUNT:
		return account_of(filesystem, directory)->project_count;
	case NODE_PROJECT:
		return ENVIRONMENTS;
	case NODE_ENVIRONMENT:
		return NODE_INSTALLS - NODE_SECRETS + 1;
	case NODE_FLAGS:
		return (unsigned)flag_listing_count(filesystem_project(filesystem, directory)
							->environments[directory->environment]
							.flags);
	case NODE_ROUTES:
		return NODE_UPDATED - NODE_ACTIVE + 1;
	case NODE_INSTALLS:
		return (unsigned)filesystem_project(filesystem, directory)->app_count;
	default:
		return 0;
	}
}

/* The child of that kind and name; false where memory is short. */
static bool hold_child(struct filesystem *filesystem, enum node_kind kind, const char *name,
		       struct node *child)
{
	child->kind = kind;
	child->name = name_hold(filesystem->names, name);
	return child->name != 0;
}

static bool flag_at(struct filesystem *filesystem, unsigned index, struct node *child)
{
	const struct flag *flag = flag_listing_at(flags_of(filesystem, child), index);

	if (flag_is_shown(flag))
		return hold_child(filesystem, NODE_FLAG, flag->key, child);
	child->kind = NODE_NONE;
	return true;
}

/* What is there by its number, or NODE_NONE. */
static void find_present(struct filesystem *filesystem, enum node_kind kind, unsigned index,
			 struct node *child)
{
	if (kind == NODE_ACCOUNT || kind == NODE_PROJECT)
		*child = (struct node){.index = index};
	child->kind = kind;
	if (!branch_has(filesystem, child))
		child->kind = NODE_NONE;
}

bool branch_at(struct filesystem *filesystem, const struct node *directory, unsigned index,
	       struct node *child)
{
	*child = *directory;
	switch (directory->kind) {
	case NODE_ROOT:
		find_present(filesystem, NODE_ACCOUNT, index, child);
		return true;
	case NODE_ACCOUNT:
		find_present(filesystem, NODE_PROJECT,
			     account_of(filesystem, directory)->projects[index]->index, child);
		return true;
	case NODE_PROJECT:
		child->kind = NODE_ENVIRONMENT;
		child->environment = index;
		return true;
	case NODE_FLAGS:
		return flag_at(filesystem, index, child);
	case NODE_ROUTES:
		find_present(filesystem, NODE_ACTIVE + index, 0, child);
		return true;
	case NODE_INSTALLS:
		return hold_child(filesystem, NODE_APP,
				  filesystem_project(filesystem, directory)->apps[index], child);
	default:
		child->kind = NODE_SECRETS + index;
		return true;
	}
}

/* ---- what is in them ---- */

const char *branch_reason(struct filesystem *filesystem, const struct node *directory)
{
	switch (directory->kind) {
	case NODE_FLAGS:
		return flag_listing_reason(flags_of(filesystem, directory));
	case NODE_ROUTES:
		return routes_reason(routes_of(filesystem, directory), directory->environment);
	case NODE_INSTALLS:
		return installs_reason(installs_of(filesystem, directory));
	default:
		return "";
	}
}

time_t branch_stale_since(struct filesystem *filesystem, const struct node *directory)
{
	switch (directory->kind) {
	case NODE_ROOT:
		return filesystem->discovery ? discovery_stale_since(filesystem->discovery) : 0;
	case NODE_ACCOUNT:
		if (!account_of(filesystem, directory)->discovery)
			return 0;
		return discovery_stale_since(account_of(filesystem, directory)->discovery);
	case NODE_FLAGS:
		return flag_listing_stale_since(flags_of(filesystem, directory));
	case NODE_ROUTES:
		return routes_stale_since(routes_of(filesystem, directory));
	case NODE_INSTALLS:
		return installs_stale_since(installs_of(filesystem, directory));
	default:
		return 0;
	}
}

static char *copy_bytes(const char *bytes, size_t size, size_t *length)
{
	char *text = malloc(size + 1);

	if (!text)
		return NULL;
	memcpy(text, bytes, size);
	text[size] = '\0';
	*length = size;
	return text;
}

static char *route_text(const struct filesystem *filesystem, const struct node *node,
			size_t *length)
{
	const char *value =
	    routes_value(routes_of(filesystem, node), node->environment, node->kind);
	char *text;

	if (!value || asprintf(&text, "%s\n", value) < 0)
		return NULL;
	*length = strlen(text);
	return text;
}

static const struct flag *flag_of(struct filesystem *filesystem, const struct node *node)
{
	const char *key = filesystem_interned(filesystem, node);

	return key ? flag_listing_find(flags_of(filesystem, node), key, false) : NULL;
}

static const struct install *install_of(struct filesystem *filesystem, const struct node *node)
{
	const char *name = filesystem_interned(filesystem, node);

	return name ? installs_find(installs_of(filesystem, node), name) : NULL;
}

char *branch_text(struct filesystem *filesystem, const struct node *node, size_t *length)
{
	const struct install *install;
	const struct flag *flag;
	const char *text;

	*length = 0;
	switch (node->kind) {
	case NODE_FLAG:
		flag = flag_of(filesystem, node);
		return flag ? copy_bytes(flag->text, flag->length, length) : NULL;
	case NODE_INSTALL:
		install = install_of(filesystem, node);
		return install ? installs_text(installs_of(filesystem, node), install, length)
			       : NULL;
	case NODE_DEPLOYS:
		text = deploys_text(filesystem_project(filesystem, node)->deploys, length);
		return copy_bytes(text, *length, length);
	default:
		return route_text(filesystem, node, length);
	}
}

/* The version is below the second, so that programs that look at the time see two changes in one. */
static struct timespec time_of_flag(const struct flag *flag)
{
	struct timespec time = {.tv_sec = TREE_UNKNOWN_TIME};

	if (flag && flag->updated)
		time.tv_sec = (time_t)flag->updated;
	if (flag)
		time.tv_nsec = (long)(flag->version % 1000000000);
	return time;
}

struct timespec branch_time(struct filesystem *filesystem, const struct node *node)
{
	struct timespec time = {.tv_sec = TREE_UNKNOWN_TIME};
	const struct install *install;

	switch (node->kind) {
	case NODE_FLAG:
		return time_of_flag(flag_of(filesystem, node));
	case NODE_INSTALL:
		install = install_of(filesystem, node);
		if (install)
			time.tv_sec = install->time;
		return time;
	case NODE_ROUTES:
	case NODE_ACTIVE:
	case NODE_PREVIOUS:
	case NODE_REASON:
	case NODE_UPDATED:
		time.tv_sec = routes_time(routes_of(filesystem, node), node->environment);
		return time;
	default:
		return time;
	}
}
