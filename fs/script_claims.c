/* SPDX-License-Identifier: MIT */
#include "script_claims.h"
#include "filesystem.h"
#include "names.h"
#include <stdio.h>
#include <string.h>

/* Two accounts of HS-X may share one of Cloudflare. */
static bool shares_cloudflare(const struct account_state *account,
			      const struct account_state *other)
{
	return other->cloudflare && !strcmp(other->cloudflare_id, account->cloudflare_id) &&
	       !strcmp(other->cloudflare_url, account->cloudflare_url);
}

/* What the names of a project's scripts begin with; its length, 0 if there are no such names. */
static size_t beginning(const struct project_state *project, char text[static 2 * NAME_STORE_SIZE])
{
	char slugs[2][NAME_STORE_SIZE];

	if (!name_slug(slugs[0], NAME_STORE_SIZE, project->account->name) ||
	    !name_slug(slugs[1], NAME_STORE_SIZE, project->name))
		return 0;
	return (size_t)snprintf(text, (size_t)2 * NAME_STORE_SIZE, "hsx-%s-%s-", slugs[0],
				slugs[1]);
}

/* Of two projects whose beginnings a name has, it is that of the longer. */
static bool may_be_of(const struct project_state *other, const struct project_state *project,
		      const char *script)
{
	char own[2 * NAME_STORE_SIZE], others[2 * NAME_STORE_SIZE];
	size_t length = beginning(other, others);

	return other != project && length && length >= beginning(project, own) &&
	       !strncmp(script, others, length);
}

static bool may_be_configured(const struct account_state *other,
			      const struct project_state *project, const char *script)
{
	/* The configuration's projects are an account's first. */
	for (unsigned i = 0; i < other->project_count && other->projects[i]->config; i++)
		if (may_be_of(other->projects[i], project, script))
			return true;
	return false;
}

bool script_is_anothers(const struct project_state *project, const char *script)
{
	const struct account_state *account = project->account;
	const struct filesystem *filesystem = account->filesystem;

	for (unsigned i = 0; i < filesystem->account_count; i++) {
		const struct account_state *other = filesystem->accounts[i];

		if (shares_cloudflare(account, other) &&
		    (cloudflare_account_has(other->cloudflare, script) ||
		     may_be_configured(other, project, script)))
			return true;
	}
	return false;
}
