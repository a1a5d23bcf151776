/* SPDX-License-Identifier: MIT */
#include "lookup.h"
#include "branch.h"
#include "caller.h"
#include "flag_listing.h"
#include "names.h"
#include "scratch.h"
#include "stale.h"
#include "value_file.h"
#include <stdlib.h>
#include <string.h>

struct waiting {
	struct filesystem *filesystem;
	struct node directory;
	bool hold; /* of a secret: the name is to be held */
	lookup_done *done;
	void *context;
	char name[];
};

/* From the lookup for an open to the kernel's look at the modes. */
#define UNTIL_OPENED 10000

static void answer(lookup_done *done, void *context, struct node node, int64_t valid_for)
{
	struct outcome ok = {.kind = OUTCOME_OK};
	struct lookup lookup = {
	    .node = node, .valid_for = valid_for, .attributes_valid_for = valid_for};

	done(context, &ok, &lookup);
}

static void answer_maybe(struct filesystem *filesystem, lookup_done *done, void *context,
			 struct node node)
{
	struct outcome ok = {.kind = OUTCOME_OK};
	struct lookup lookup = {.node = node};

	if (filesystem->options->allow_other)
		lookup.attributes_valid_for = UNTIL_OPENED;
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
	stale_tell(filesystem, directory);
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

static struct waiting *new_waiting(struct filesystem *filesystem, const struct node *directory,
				   const char *name, lookup_done *done, void *context)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting) + strlen(name) + 1);
	struct outcome outcome;

	if (!waiting) {
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a lookup");
		fail(done, context, &outcome);
		return NULL;
	}
	*waiting = (struct waiting){
	    .filesystem = filesystem, .directory = *directory, .done = done, .context = context};
	strcpy(waiting->name, name);
	return waiting;
}

static void ask(struct filesystem *filesystem, const struct node *directory, const char *name,
		bool hold, lookup_done *done, void *context)
{
	struct environment_state *environment = filesystem_environment(filesystem, directory);
	struct waiting *waiting = new_waiting(filesystem, directory, name, done, context);

	if (!waiting)
		return;
	waiting->hold = hold;
	waiting->directory.kind = NODE_SECRETS;
	waiting->directory.name = 0;
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
	switch (filesystem_caller_intent(filesystem, caller)) {
	case INTENT_REPLACE:
		return true;
	case INTENT_OTHER:
		return false;
	case INTENT_UNKNOWN:
		break;
	}
	return !environment->asked && !filesystem->options->allow_other;
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
		answer_maybe(filesystem, done, context, node);
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
	else if (value_file_is_open(environment, NODE_SECRET, name))
		answer_secret(filesystem, directory, name, true, 0, done, context);
	else if (listing_presence(environment->listing, name) == PRESENCE_UNKNOWN)
		lookup_unknown(filesystem, directory, name, caller, done, context);
	else
		answer_from_listing(filesystem, directory, name, true, done, context);
}

/* ---- the other directories ---- */

/* The configuration's own accounts and projects are there, whatever the control plane says. */
static bool may_fail(const struct node *directory)
{
	return directory->kind == NODE_ROOT || directory->kind == NODE_ACCOUNT;
}

static void answer_from_branch(struct filesystem *filesystem, const struct node *directory,
			       const char *name, const struct outcome *known, lookup_done *done,
			       void *context)
{
	struct outcome outcome = *known;
	struct node child = {.kind = NODE_NONE};
	int64_t valid_for = 0;

	if (outcome.kind != OUTCOME_OK && !may_fail(directory)) {
		fail(done, context, &outcome);
		return;
	}
	if (!branch_find(filesystem, directory, name, &child))
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a name");
	else if (child.kind != NODE_NONE)
		outcome.kind = OUTCOME_OK;
	if (outcome.kind != OUTCOME_OK) {
		fail(done, context, &outcome);
		return;
	}
	if (child.kind != NODE_NONE)
		valid_for = branch_fresh_for(filesystem, directory, &child);
	answer(done, context, child, valid_for);
}

static void branch_came(void *context, const struct outcome *outcome)
{
	struct waiting *waiting = context;

	stale_tell(waiting->filesystem, &waiting->directory);
	answer_from_branch(waiting->filesystem, &waiting->directory, waiting->name, outcome,
			   waiting->done, waiting->context);
	free(waiting);
}

/* routes/ itself has the time of the route, which has to be asked for; without it, it is there too.
 */
static void routes_came(void *context, const struct outcome *outcome)
{
	const struct outcome ok = {.kind = OUTCOME_OK};

	branch_came(context, outcome->kind == OUTCOME_CANCELLED ? outcome : &ok);
}

static bool is_routes(const struct node *directory, const char *name)
{
	return directory->kind == NODE_ENVIRONMENT && !strcmp(name, node_types[NODE_ROUTES].name);
}

static void lookup_branch(struct filesystem *filesystem, const struct node *directory,
			  const char *name, lookup_done *done, void *context)
{
	struct waiting *waiting;
	struct node routes = *directory;

	waiting = new_waiting(filesystem, directory, name, done, context);
	if (!waiting)
		return;
	routes.kind = NODE_ROUTES;
	if (is_routes(directory, name))
		branch_wait(filesystem, &routes, NULL, routes_came, waiting);
	else
		branch_wait(filesystem, directory, name, branch_came, waiting);
}

/* True for one that somebody makes just now: the others are asked for, as if nobody had them open. */
static bool is_new_flag(struct filesystem *filesystem, const struct node *directory,
			const char *name)
{
	struct environment_state *environment = filesystem_environment(filesystem, directory);

	return name && value_file_is_open(environment, NODE_FLAG, name) &&
	       !flag_listing_find(environment->flags, name, false);
}

static void lookup_flag(struct filesystem *filesystem, const struct node *directory,
			const char *name, lookup_done *done, void *context)
{
	const struct scratch *scratch = scratch_find(filesystem->scratch, directory, name);
	struct node node = *directory;

	node.kind = NODE_FLAG;
	if (scratch) {
		answer(done, context, scratch_node(scratch), 0);
		return;
	}
	if (is_new_flag(filesystem, directory, name) &&
	    (node.name = name_hold(filesystem->names, name)))
		answer(done, context, node, 0);
	else if (!name_is_showable(name))
		answer_none(done, context, 0);
	else
		lookup_branch(filesystem, directory, name, done, context);
}

void lookup_child(struct filesystem *filesystem, const struct node *directory, const char *name,
		  pid_t caller, lookup_done *done, void *context)
{
	struct node control = node_control(directory, name);

	if (control.kind != NODE_NONE)
		answer(done, context, control, -1);
	else if (directory->kind == NODE_SECRETS)
		lookup_secret(filesystem, directory, name, caller, done, context);
	else if (directory->kind == NODE_FLAGS)
		lookup_flag(filesystem, directory, name, done, context);
	else
		lookup_branch(filesystem, directory, name, done, context);
}

/* ---- again ---- */

struct again {
	struct filesystem *filesystem;
	struct node node;
	lookup_done *done;
	void *context;
};

/* Also one that has gone since it was opened. */
static bool is_open_flag(const struct again *again)
{
	const char *name = filesystem_interned(again->filesystem, &again->node);

	return again->node.kind == NODE_FLAG && name &&
	       value_file_is_open(filesystem_environment(again->filesystem, &again->node),
				  NODE_FLAG, name);
}

static void answer_again(const struct again *again, const struct outcome *outcome)
{
	struct node parent = node_parent(&again->node), none = {.kind = NODE_NONE};
	bool there = branch_has(again->filesystem, &again->node) || is_open_flag(again);

	if (outcome->kind != OUTCOME_OK && again->node.kind != NODE_ROUTES)
		fail(again->done, again->context, outcome);
	else
		answer(again->done, again->context, there ? again->node : none,
		       branch_fresh_for(again->filesystem, &parent, &again->node));
}

static void again_came(void *context, const struct outcome *outcome)
{
	struct again *again = context;

	answer_again(again, outcome);
	free(again);
}

static void wait_again(struct filesystem *filesystem, const struct node *node, lookup_done *done,
		       void *context)
{
	struct again now = {filesystem, *node, done, context}, *again = malloc(sizeof(*again));
	struct node directory = node->kind == NODE_ROUTES ? *node : node_parent(node);
	const char *name = node_is_named(node->kind) ? filesystem_interned(filesystem, node) : NULL;
	struct outcome outcome;

	if (!again || (node_is_named(node->kind) && !name)) {
		outcome = again ? outcome_make(OUTCOME_NOT_FOUND, "it is gone")
				: outcome_make(OUTCOME_NO_MEMORY, "no memory for a lookup");
		free(again);
		fail(done, context, &outcome);
		return;
	}
	*again = now;
	branch_wait(filesystem, &directory, name, again_came, again);
}

static void secret_again(struct filesystem *filesystem, const struct node *node, lookup_done *done,
			 void *context)
{
	const char *name = filesystem_interned(filesystem, node);

	if (!name)
		answer_none(done, context, 0);
	else if (value_file_is_open(filesystem_environment(filesystem, node), NODE_SECRET, name))
		answer(done, context, *node, 0);
	else
		ask(filesystem, node, name, false, done, context);
}

void lookup_again(struct filesystem *filesystem, const struct node *node, lookup_done *done,
		  void *context)
{
	bool there;

	lookup_follows(filesystem, node);
	if (node->kind == NODE_SECRET) {
		secret_again(filesystem, node, done, context);
	} else if (node->kind == NODE_SCRATCH) {
		there = scratch_of_node(filesystem->scratch, node) != NULL;
		answer(done, context, there ? *node : (struct node){.kind = NODE_NONE}, 0);
	} else if (node->kind == NODE_FLAG &&
		   is_new_flag(filesystem, node, filesystem_interned(filesystem, node))) {
		answer(done, context, *node, 0);
	} else if (node->kind == NODE_ROUTES ||
		   (node_is_shown(node->kind) && node->kind != NODE_DEPLOYS)) {
		wait_again(filesystem, node, done, context);
	} else {
		there = branch_has(filesystem, node);
		answer(done, context, there ? *node : (struct node){.kind = NODE_NONE},
		       there ? -1 : 0);
	}
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
