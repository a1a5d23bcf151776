/* SPDX-License-Identifier: MIT */
#include "discovery.h"
#include "filesystem.h"
#include <stdlib.h>

/* How many times longer than a listing it is believed. */
#define PATIENCE 10

/* So many pages of 1,000: more is a server that has lost its count. */
#define PAGES_MAX 100

struct discovery {
	struct filesystem *filesystem;
	struct account_state *account; /* NULL: of the accounts */
	struct refresh refresh;
	struct control_call *call;
	unsigned round, pages;
};

static void ask_page(struct discovery *discovery, const char *cursor);

static void ask(void *owner)
{
	struct discovery *discovery = owner;

	discovery->round++;
	discovery->pages = 0;
	ask_page(discovery, NULL);
}

static struct discovery *new_discovery(struct filesystem *filesystem, struct account_state *account)
{
	struct discovery *discovery = calloc(1, sizeof(*discovery));

	if (!discovery)
		return NULL;
	discovery->filesystem = filesystem;
	discovery->account = account;
	refresh_init(&discovery->refresh, PATIENCE * filesystem->options->time_to_live, ask,
		     discovery);
	return discovery;
}

struct discovery *discovery_of_accounts(struct filesystem *filesystem)
{
	return new_discovery(filesystem, NULL);
}

struct discovery *discovery_of_projects(struct account_state *account)
{
	return new_discovery(account->filesystem, account);
}

void discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return;
	if (discovery->call)
		control_cancel(discovery->call);
	refresh_end(&discovery->refresh);
	free(discovery);
}

static void drop_absent_accounts(struct discovery *discovery)
{
	struct filesystem *filesystem = discovery->filesystem;

	for (unsigned i = 0; i < filesystem->account_count; i++) {
		struct account_state *account = filesystem->accounts[i];

		account->present = account->config || account->round == discovery->round;
	}
}

static void drop_absent_projects(struct discovery *discovery)
{
	struct account_state *account = discovery->account;

	for (unsigned i = 0; i < account->project_count; i++) {
		struct project_state *project = account->projects[i];

		project->told = project->round == discovery->round;
		project->present = project->config || project->told;
	}
}

static void finish(struct discovery *discovery, const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_OK && discovery->account)
		drop_absent_projects(discovery);
	else if (outcome->kind == OUTCOME_OK)
		drop_absent_accounts(discovery);
	refresh_answered(&discovery->refresh, outcome);
}

static void page_came(struct discovery *discovery, const struct outcome *outcome, bool taken,
		      const char *next)
{
	struct outcome end = *outcome;

	discovery->call = NULL;
	if (end.kind == OUTCOME_OK && !taken)
		end = outcome_make(OUTCOME_NO_MEMORY,
				   "no memory, or no room, for what the control plane tells");
	else if (end.kind == OUTCOME_OK && next && ++discovery->pages >= PAGES_MAX)
		end = outcome_make(OUTCOME_BAD_REPLY, "the control plane's list has no end");
	if (end.kind == OUTCOME_OK && next)
		ask_page(discovery, next);
	else
		finish(discovery, &end);
}

static void accounts_came(void *context, const struct outcome *outcome,
			  const struct control_account *accounts, size_t count, const char *next)
{
	struct discovery *discovery = context;
	bool taken = true;

	for (size_t i = 0; outcome->kind == OUTCOME_OK && i < count && taken; i++)
		taken = account_told(discovery->filesystem, &accounts[i], discovery->round);
	page_came(discovery, outcome, taken, next);
}

static void projects_came(void *context, const struct outcome *outcome,
			  const struct control_project *projects, size_t count, const char *next)
{
	struct discovery *discovery = context;
	bool taken = true;

	for (size_t i = 0; outcome->kind == OUTCOME_OK && i < count && taken; i++)
		taken = project_told(discovery->account, &projects[i], discovery->round);
	page_came(discovery, outcome, taken, next);
}

static void ask_page(struct discovery *discovery, const char *cursor)
{
	struct outcome outcome;

	if (discovery->account)
		discovery->call =
		    control_projects(discovery->account->plane, discovery->account->name, cursor,
				     projects_came, discovery);
	else
		discovery->call = control_accounts(discovery->filesystem->plane, cursor,
						   accounts_came, discovery);
	if (discovery->call)
		return;
	outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");
	finish(discovery, &outcome);
}

/* ---- waiting ---- */

struct waiting {
	struct discovery *discovery;
	refresh_ready *ready;
	void *context;
};

/* Whether the accounts are known or not: the projects may be had all the same. */
static void accounts_known(void *context, const struct outcome *outcome)
{
	struct waiting *waiting = context;

	if (outcome->kind == OUTCOME_CANCELLED)
		waiting->ready(waiting->context, outcome);
	else
		refresh_wait(&waiting->discovery->refresh, waiting->ready, waiting->context);
	free(waiting);
}

/* An account that has no Cloudflare section gets its Cloudflare account from the mount's list. */
static bool needs_its_account(const struct discovery *discovery)
{
	return discovery->account && !discovery->account->cloudflare &&
	       discovery->filesystem->discovery && discovery->filesystem->cloudflare_api.api;
}

void discovery_wait(struct discovery *discovery, refresh_ready *ready, void *context)
{
	struct waiting *waiting = NULL;

	if (needs_its_account(discovery) && !refresh_fresh_for(&discovery->refresh))
		waiting = malloc(sizeof(*waiting));
	if (!waiting) {
		refresh_wait(&discovery->refresh, ready, context);
		return;
	}
	*waiting = (struct waiting){discovery, ready, context};
	refresh_wait(&discovery->filesystem->discovery->refresh, accounts_known, waiting);
}

/* What hides a project's flags and routes may have been mended since it was told; and of one that is
 * only told of, a namesake may be on a later page. */
static bool is_settled(const struct project_state *project)
{
	return project->told && (project->config || project->account->discovery->refresh.known) &&
	       project->linked && (project_app(project) || project->app_count);
}

void discovery_wait_project(struct project_state *project, refresh_ready *ready, void *context)
{
	struct outcome ok = {.kind = OUTCOME_OK};

	if (project->account->discovery && !is_settled(project))
		discovery_wait(project->account->discovery, ready, context);
	else
		ready(context, &ok);
}

int64_t discovery_fresh_for(const struct discovery *discovery)
{
	return refresh_fresh_for(&discovery->refresh);
}

void discovery_expire(struct discovery *discovery)
{
	refresh_expire(&discovery->refresh);
}

time_t discovery_stale_since(const struct discovery *discovery)
{
	return discovery->refresh.stale_since;
}
