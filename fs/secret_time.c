/* SPDX-License-Identifier: MIT */
#include "secret_time.h"
#include "journal_past.h"

const char *secret_account(const struct environment_state *environment)
{
	const struct secrets *secrets = environment->secrets;

	return secrets && !secrets->ops->local ? environment->project->account->cloudflare_id
					       : NULL;
}

static struct set_place place_of(const struct environment_state *environment, unsigned script,
				 const char *name)
{
	const char *account = secret_account(environment);

	return (struct set_place){
	    .account = account ? account : "",
	    .script = environment->secrets->ops->script(environment->secrets, script),
	    .name = name,
	};
}

static unsigned count_scripts(const struct environment_state *environment)
{
	return environment->secrets ? environment->secrets->ops->scripts(environment->secrets) : 0;
}

bool secret_last_set(struct filesystem *filesystem, const struct node *node, struct set_time *set)
{
	const struct environment_state *environment = filesystem_environment(filesystem, node);
	const struct set_times *times = journal_past_times(filesystem->past);
	const char *name = filesystem_interned(filesystem, node);
	unsigned scripts = name ? count_scripts(environment) : 0;
	struct set_time one;

	for (unsigned i = 0; i < scripts; i++) {
		struct set_place place = place_of(environment, i, name);

		if (!set_times_find(times, &place, &one))
			return false;
		if (i == 0 || set_time_before(&one, set))
			*set = one;
	}
	return scripts > 0;
}

static void find_last_change(const struct environment_state *environment,
			     const struct set_times *times, struct set_time *last)
{
	struct set_time one;

	for (unsigned i = 0; i < count_scripts(environment); i++) {
		struct set_place place = place_of(environment, i, "");

		if (set_times_find(times, &place, &one) && set_time_before(last, &one))
			*last = one;
	}
}

struct timespec secret_time(struct filesystem *filesystem, const struct node *node)
{
	struct set_time set = {.when.tv_sec = TREE_UNKNOWN_TIME}, one = set;

	if (node->kind == NODE_SECRETS)
		find_last_change(filesystem_environment(filesystem, node),
				 journal_past_times(filesystem->past), &set);
	else if (secret_last_set(filesystem, node, &one))
		set = one;
	return set.when;
}

void secret_changed(struct filesystem *filesystem, const struct node *node, const char *name,
		    bool removed, const struct set_time *change)
{
	const struct environment_state *environment = filesystem_environment(filesystem, node);
	struct set_times *times = journal_past_times(filesystem->past);

	for (unsigned i = 0; i < count_scripts(environment); i++) {
		struct set_place place = place_of(environment, i, name);

		if (removed)
			set_times_unset(times, &place, change);
		else
			set_times_set(times, &place, change);
	}
}
