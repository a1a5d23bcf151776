/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "branch.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Looks at one directory after the other; what a control plane tells of on the way is looked at, too.
 */
struct check {
	struct filesystem *filesystem;
	bool root_done;
	unsigned account, project;
	int environment;
	struct node node; /* that is asked for */
	bool asking, waiting, ended, good;
};

static bool next_account(struct check *check, struct node *node)
{
	if (!check->root_done) {
		check->root_done = true;
		*node = (struct node){.kind = NODE_ROOT};
		return true;
	}
	if (check->account == check->filesystem->account_count)
		return false;
	*node = (struct node){.kind = NODE_ACCOUNT, .index = check->account++};
	return true;
}

static bool next_environment(struct check *check, struct node *node)
{
	if (check->project == check->filesystem->project_count)
		return false;
	*node = (struct node){.kind = NODE_SECRETS,
			      .index = check->project,
			      .environment = (enum environment)check->environment};
	if (++check->environment == ENVIRONMENTS) {
		check->environment = 0;
		check->project++;
	}
	return true;
}

static bool has_to_be_asked(struct check *check, const struct node *node)
{
	if (node->kind == NODE_SECRETS)
		return filesystem_environment(check->filesystem, node)->listing != NULL;
	return branch_asks(check->filesystem, node, NULL);
}

static bool next_node(struct check *check)
{
	while (next_account(check, &check->node) || next_environment(check, &check->node))
		if (has_to_be_asked(check, &check->node))
			return true;
	return false;
}

static unsigned long count(struct check *check)
{
	const struct node *node = &check->node;

	if (node->kind == NODE_SECRETS)
		return listing_names(filesystem_environment(check->filesystem, node)->listing)
		    ->count;
	return branch_count(check->filesystem, node);
}

static void report(struct check *check, const struct outcome *outcome)
{
	char path[PATH_SIZE];

	filesystem_path(check->filesystem, &check->node, NULL, path);
	/* A told name may hold anything, and a terminal would act on it. */
	for (char *byte = path; *byte; byte++)
		if ((unsigned char)*byte < 0x20 || (unsigned char)*byte >= 0x7f)
			*byte = '?';
	if (outcome->kind == OUTCOME_OK)
		printf("ok     %s: %lu names\n", path, count(check));
	else
		printf("FAILED %s: %s%s%s\n", path, outcome->message, *outcome->advice ? "; " : "",
		       outcome->advice);
	check->good = check->good && outcome->kind == OUTCOME_OK;
}

static void go_on(struct check *check);

static void answered(void *context, const struct outcome *outcome)
{
	struct check *check = context;

	check->waiting = false;
	if (outcome->kind == OUTCOME_CANCELLED)
		return;
	report(check, outcome);
	if (!check->asking)
		go_on(check);
}

static void ask(struct check *check)
{
	struct filesystem *filesystem = check->filesystem;

	check->asking = check->waiting = true;
	if (check->node.kind == NODE_SECRETS)
		listing_wait(filesystem_environment(filesystem, &check->node)->listing, answered,
			     check);
	else
		branch_wait(filesystem, &check->node, NULL, answered, check);
	check->asking = false;
}

static void go_on(struct check *check)
{
	while (!check->waiting && !check->ended) {
		if (next_node(check)) {
			ask(check);
		} else {
			check->ended = true;
			loop_stop(check->filesystem->loop);
		}
	}
}

bool check_configuration(const struct config *config, const struct options *options)
{
	struct options quiet = *options;
	struct check check = {.good = true};

	/* Without a journal: nothing is changed. */
	quiet.read_only = true;
	check.filesystem = filesystem_new(config, &quiet, NULL);
	if (!check.filesystem)
		return false;
	printf("ok     %s\n", config->path);
	go_on(&check);
	if (!check.ended && !loop_run(check.filesystem->loop)) {
		fprintf(stderr, "hsxfs: waiting for events: %s\n", strerror(errno));
		check.good = false;
	}
	filesystem_free(check.filesystem);
	return check.good;
}
