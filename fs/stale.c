/* SPDX-License-Identifier: MIT */
#include "stale.h"
#include "branch.h"

time_t stale_since(struct filesystem *filesystem, const struct node *directory)
{
	const struct listing *listing;

	if (directory->kind != NODE_SECRETS)
		return branch_stale_since(filesystem, directory);
	listing = filesystem_environment(filesystem, directory)->listing;
	return listing ? listing_stale_since(listing) : 0;
}

int stale_time(time_t since, char text[static STALE_TIME_SIZE])
{
	struct tm utc;

	gmtime_r(&since, &utc);
	return (int)strftime(text, STALE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* Where it is kept which kinds of directories have said so. NULL: of this one it is not. */
static unsigned *told_in(struct filesystem *filesystem, const struct node *directory)
{
	switch (directory->kind) {
	case NODE_ROOT:
		return &filesystem->stale_told;
	case NODE_ACCOUNT:
		return &filesystem->accounts[directory->index]->stale_told;
	case NODE_SECRETS:
	case NODE_FLAGS:
	case NODE_ROUTES:
	case NODE_INSTALLS:
		return &filesystem_environment(filesystem, directory)->stale_told;
	default:
		return NULL;
	}
}

static struct http_api *own_or(const struct connection *own, const struct connection *common)
{
	return own->api ? own->api : common->api;
}

/* Whom a directory's names come from. */
static struct http_api *api_of(struct filesystem *filesystem, const struct node *directory)
{
	const struct account_state *account;

	if (directory->kind == NODE_ROOT)
		return filesystem->control_api.api;
	account = directory->kind == NODE_ACCOUNT
		      ? filesystem->accounts[directory->index]
		      : filesystem_project(filesystem, directory)->account;
	if (directory->kind == NODE_SECRETS || directory->kind == NODE_FLAGS)
		return own_or(&account->cloudflare_api, &filesystem->cloudflare_api);
	return own_or(&account->control_api, &filesystem->control_api);
}

static struct outcome why(struct filesystem *filesystem, const struct node *directory)
{
	struct http_api *api = api_of(filesystem, directory);
	struct outcome failure;

	if (api) {
		failure = http_api_failure(api);
		if (failure.kind != OUTCOME_OK)
			return failure;
	}
	return outcome_make(OUTCOME_UNREACHABLE, "the server could not be asked");
}

void stale_tell(struct filesystem *filesystem, const struct node *directory)
{
	unsigned *told = told_in(filesystem, directory), bit = 1u << directory->kind;
	time_t since;
	char text[STALE_TIME_SIZE];
	struct outcome outcome;

	if (!told)
		return;
	since = stale_since(filesystem, directory);
	if (!since) {
		*told &= ~bit;
		return;
	}
	if (*told & bit)
		return;
	*told |= bit;
	stale_time(since, text);
	outcome = outcome_advise(why(filesystem, directory),
				 "what was known at %s is shown meanwhile", text);
	filesystem_refuse(filesystem, "list", directory, NULL, &outcome);
}
