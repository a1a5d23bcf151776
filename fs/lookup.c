/* SPDX-License-Identifier: MIT */
#include "lookup.h"
#include "caller.h"
#include "names.h"
#include "scratch.h"
#include "secret_file.h"
#include <stdlib.h>
#include <string.h>

struct waiting {
	struct filesystem *filesystem;
	struct node directory;
	bool hold;
	lookup_done *done;
	void *context;
	char name[];
};

static void answer(lookup_done *done, void *context, struct node node, int64_t valid_for)
{
	struct outcome ok = {.kind = OUTCOME_OK};
	struct lookup lookup = {.node = node, .valid_for = valid_for};

	done(context, &ok, &lookup);
}

static void answer_none(lookup_done *done, void *context, int64_t valid_for)
{
	answer(done, context, (struct node){.kind = NODE_NONE}, valid_for);
}

static void fail(lookup_done *done, void *context, const struct outcome *outcome)
{
	struct lookup none = {.node = {.kind = NODE_NONE}};

	done(context, outcome, &none);
}

static struct node secret_node(const struct node *directory, uint32_t name)
{
	struct node node = *directory;

	node.kind = NODE_SECRET;
	node.name = name;
	return node;
}

static void answer_secret(struct filesystem *filesystem, const struct node *directory,
			  const char *name, bool hold, int64_t valid_for, lookup_done *done,
			  void *context)
{
	struct outcome outcome;
	uint32_t id = name_hold(filesystem->names, name);

	if (id && !hold)
		name_release(filesystem->names, id, 1);
	if (id) {
		answer(done, context, secret_node(directory, id), valid_for);
		return;
	}
	outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a name");
	fail(done, context, &outcome);
}

/* The listing is as fresh as it can be had: what it says holds, even if it is stale. */
static void answer_from_listing(struct filesystem *filesystem, const struct node *directory,
				const char *name, bool hold, lookup_done *done, void *context)
{
	struct environment_state *environment = filesystem_environment(filesystem, directory);
	int64_t valid_for = listing_fresh_for(environment->listing);

	filesystem_log_unshown(filesystem, directory);
	if (listing_find(environment->listing, name))
		answer_secret(filesystem, directory, name, hold, valid_for, done, context);
	else
		answer_none(done, context, 0);
}

static void listing_came(void *context, const struct outcome *outcome)
{
	struct waiting *waiting = context;

	filesystem_environment(waiting->filesystem, &waiting->directory)->asked = 0;
	if (outcome->kind == OUTCOME_OK)
		answer_from_listing(waiting->filesystem, &waiting->directory, waiting->name,
				    waiting->hold, waiting->done, waiting->context);
	else
		fail(waiting->done, waiting->context, outcome);
	free(waiting);
}

static void ask(struct filesystem *filesystem, const struct node *directory, const char *name,
		bool hold, lookup_done *done, void *context)
{
	struct environment_state *environment = filesystem_environment(filesystem, directory);
	struct waiting *waiting = calloc(1, sizeof(*waiting) + strlen(name) + 1);
	struct outcome outcome;

	if (!waiting) {
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a lookup");
		fail(done, context, &outcome);
		return;
	}
	*waiting = (struct waiting){.filesystem = filesystem,
				    .directory = *directory,
				    .hold = hold,
				    .done = done,
				    .context = context};
	waiting->directory.kind = NODE_SECRETS;
	waiting->directory.name = 0;
	strcpy(waiting->name, name);
	listing_wait(environment->listing, listing_came, waiting);
}

/* Whether "it may be there" will do for an answer. */
static bool may_stay_open(struct filesystem *filesystem,
			  const struct environment_state *environment, const char *name,
			  pid_t caller)
{
	if (environment->secrets->ops->local || !name_is_valid_secret(name) ||
	    filesystem->options->time_to_live == 0)
		return false;
	switch (caller_intent(caller)) {
	case INTENT_REPLACE:
		return true;
	case INTENT_OTHER:
		return false;
	case INTENT_UNKNOWN:
		break;
	}
	return !environment->asked;
}

static void lookup_unknown(struct filesystem *filesystem, const struct node *directory,
			   const char *name, pid_t caller, lookup_done *done, void *context)
{
	struct environment_state *environment = filesystem_environment(filesystem, directory);
	struct node node;
	uint32_t id;

	if (!may_stay_open(filesystem, environment, name, caller)) {
		ask(filesystem, directory, name, true, done, context);
		return;
	}
	id = name_hold(filesystem->names, name);
	node = secret_node(directory, id);
	environment->asked = id ? node_inode(&node) : 0;
	if (id)
		answer(done, context, node, 0);
	else
		ask(filesystem, directory, name, true, done, context);
}

static void lookup_secret(struct filesystem *filesystem, const struct node *directory,
			  const char *name, pid_t caller, lookup_done *done, void *context)
{
	struct environment_state *environment = filesystem_environment(filesystem, directory);
	const struct scratch *scratch = scratch_find(filesystem->scratch, directory, name);

	if (scratch)
		answer(done, context, scratch_node(scratch), 0);
	else if (!environment->secrets || !name_is_showable(name))
		answer_none(done, context, 0);
	else if (secret_file_is_open(environment, name))
		answer_secret(filesystem, directory, name, true, 0, done, context);
	else if (listing_presence(environment->listing, name) == PRESENCE_UNKNOWN)
		lookup_unknown(filesystem, directory, name, caller, done, context);
	else
		answer_from_listing(filesystem, directory, name, true, done, context);
}

void lookup_child(struct filesystem *filesystem, const struct node *directory, const char *name,
		  pid_t caller, lookup_done *done, void *context)
{
	struct node child = filesystem_child(filesystem, directory, name);

	if (child.kind != NODE_NONE || directory->kind != NODE_SECRETS)
		answer(done, context, child, -1);
	else
		lookup_secret(filesystem, directory, name, caller, done, context);
}

void lookup_again(struct filesystem *filesystem, const struct node *node, lookup_done *done,
		  void *context)
{
	struct environment_state *environment;
	const char *name;

	lookup_follows(filesystem, node);
	if (node->kind == NODE_SCRATCH) {
		bool there = scratch_of_node(filesystem->scratch, node) != NULL;

		answer(done, context, there ? *node : (struct node){.kind = NODE_NONE}, 0);
		return;
	}
	if (node->kind != NODE_SECRET) {
		answer(done, context, *node, -1);
		return;
	}
	environment = filesystem_environment(filesystem, node);
	name = name_text(filesystem->names, node->name);
	if (!name)
		answer_none(done, context, 0);
	else if (secret_file_is_open(environment, name))
		answer(done, context, *node, 0);
	else
		ask(filesystem, node, name, false, done, context);
}

enum presence lookup_presence(struct filesystem *filesystem, const struct node *node)
{
	const char *name = name_text(filesystem->names, node->name);

	if (!name)
		return PRESENCE_ABSENT;
	return listing_presence(filesystem_environment(filesystem, node)->listing, name);
}

void lookup_follows(struct filesystem *filesystem, const struct node *node)
{
	struct environment_state *environment;

	if (node->kind != NODE_SECRET)
		return;
	environment = filesystem_environment(filesystem, node);
	if (environment->asked == node_inode(node))
		environment->asked = 0;
}
