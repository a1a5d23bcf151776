/* SPDX-License-Identifier: MIT */
#include "../../fs/accounts.h"
#include "../../fs/filesystem.h"
#include "unit.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

/*
 * An account and its projects that a control plane tells of while memory is short, at the first
 * allocation, at the second, and so on. What could not be made is not there at all, and the next
 * telling makes it; nobody meets a half.
 */

#define IDENTIFIER "0123456789abcdef0123456789abcdef"

static long allocations_left = -1; /* -1: there are enough */

/* The sanitizers have their own; nothing fails then. */
#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool runs_out(void)
{
	if (allocations_left < 0)
		return false;
	if (allocations_left-- > 0)
		return false;
	allocations_left = 0;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return runs_out() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return runs_out() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return runs_out() ? NULL : __libc_realloc(memory, size);
}
#endif

static bool tell(struct filesystem *filesystem)
{
	const char *workers[] = {"deals", "mail"}, *apps[] = {"1", "2"};
	const struct control_account account = {.id = "acct", .cloudflare_account_id = IDENTIFIER};
	const struct control_project projects[] = {{.id = "crm",
						    .linked = true,
						    .workers = workers,
						    .worker_count = 2,
						    .apps = apps,
						    .app_count = 2},
						   {.id = "none"}};
	struct account_state *state;

	if (!account_told(filesystem, &account, 1))
		return false;
	state = account_find(filesystem, "acct");
	for (unsigned i = 0; i < 2; i++)
		if (!state || !project_told(state, &projects[i], 1))
			return false;
	return true;
}

/* All that an unmount, a SIGHUP or an `ls' may come to. */
static void check_whole(const struct filesystem *filesystem)
{
	for (unsigned i = 0; i < filesystem->account_count; i++) {
		const struct account_state *account = filesystem->accounts[i];

		CHECK(account_find(filesystem, account->name) == account);
		CHECK(!account->cloudflare == !account->kv);
		CHECK(!account->cloudflare == !account->cloudflare_id);
	}
	for (unsigned i = 0; i < filesystem->project_count; i++) {
		const struct project_state *project = filesystem->projects[i];

		CHECK(project_find(project->account, project->name) == project);
		CHECK(project->index == i && project->routes && project->deploys);
		CHECK(project->app_count == 0 || project->app_count == 2);
		for (unsigned j = 0; j < ENVIRONMENTS; j++)
			CHECK(project->environments[j].flags && project->environments[j].installs);
	}
}

static void check_told(struct filesystem *filesystem)
{
	const struct account_state *account = account_find(filesystem, "acct");
	const struct project_state *project = account ? project_find(account, "crm") : NULL;

	CHECK(account && account->present && account->plane && account->discovery && account->kv);
	CHECK(project && project->present && project->linked && project->app_count == 2);
	CHECK(project && project_has_several_apps(project));
	CHECK(project && project->environments[PRODUCTION].secrets);
	CHECK(project && !project->environments[STAGING].secrets);
	CHECK(filesystem->account_count == 1 && filesystem->project_count == 2);
}

/* False when no allocation was refused any more. */
static bool run_short(const struct config *config, const struct options *options, long allocations)
{
	struct filesystem *filesystem = filesystem_new(config, options, "/mnt");
	bool told;

	CHECK(filesystem);
	if (!filesystem)
		return false;
	allocations_left = allocations;
	told = tell(filesystem);
	allocations_left = -1;
	check_whole(filesystem);
	filesystem_refresh(filesystem);
	CHECK(tell(filesystem));
	check_whole(filesystem);
	check_told(filesystem);
	filesystem_free(filesystem);
	return !told;
}

int main(void)
{
	static const char text[] =
	    "{\"cloudflare\":{\"api\":\"http://127.0.0.1:9/\",\"token\":{\"env\":\"HSXFS_TOKEN\"}},"
	    "\"control_plane\":{\"api\":\"http://127.0.0.1:9/"
	    "\",\"token\":{\"env\":\"HSXFS_TOKEN\"}}}";
	const struct options options = {
	    .deadline = 1000, .queue = 1000, .time_to_live = 1000, .read_only = true};
	char problem[CONFIG_ERROR_SIZE] = "";
	struct config *config;
	long allocations = 0;

	setenv("HSXFS_TOKEN", "a-token", 1);
	config = sodium_init() < 0 ? NULL : config_parse("c.json", text, strlen(text), problem);
	CHECK_TEXT(problem, "");
	while (config && run_short(config, &options, allocations))
		allocations++;
#ifndef __SANITIZE_ADDRESS__
	CHECK(allocations > 50);
#endif
	config_free(config);
	return unit_result();
}
