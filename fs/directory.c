/* SPDX-License-Identifier: MIT */
#include "directory.h"
#include "names.h"
#include <stdlib.h>
#include <string.h>

struct opening {
	struct filesystem *filesystem;
	struct node node;
	directory_opened *opened;
	void *context;
};

static struct directory *new_directory(struct filesystem *filesystem, const struct node *node,
				       size_t room)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory)
		return NULL;
	directory->filesystem = filesystem;
	directory->node = *node;
	directory->entries = calloc(room ? room : 1, sizeof(*directory->entries));
	if (directory->entries)
		return directory;
	free(directory);
	return NULL;
}

void directory_close(struct directory *directory)
{
	if (!directory)
		return;
	for (size_t i = 0; i < directory->count; i++)
		if (directory->entries[i].node.kind == NODE_SECRET)
			name_release(directory->filesystem->names, directory->entries[i].node.name,
				     1);
	free(directory->entries);
	free(directory);
}

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct directory_entry *)left)->name,
		      ((const struct directory_entry *)right)->name);
}

static struct directory *fixed_directory(struct filesystem *filesystem, const struct node *node)
{
	unsigned count = filesystem_child_count(filesystem, node);
	struct directory *directory = new_directory(filesystem, node, count);

	for (unsigned i = 0; directory && i < count; i++) {
		struct node child = filesystem_child_at(filesystem, node, i);

		directory->entries[directory->count++] = (struct directory_entry){
		    .name = filesystem_name(filesystem, &child), .node = child};
	}
	return directory;
}

static struct directory *secrets_directory(struct filesystem *filesystem, const struct node *node)
{
	const struct listing *listing = filesystem_environment(filesystem, node)->listing;
	const struct secret_names *names = listing_names(listing);
	struct directory *directory = new_directory(filesystem, node, names->count);

	for (size_t i = 0; directory && i < names->count; i++) {
		struct node child = *node;

		if (!name_is_showable(names->items[i].name))
			continue;
		child.kind = NODE_SECRET;
		child.name = name_hold(filesystem->names, names->items[i].name);
		if (!child.name) {
			directory_close(directory);
			return NULL;
		}
		directory->entries[directory->count++] = (struct directory_entry){
		    .name = name_text(filesystem->names, child.name), .node = child};
	}
	if (directory)
		qsort(directory->entries, directory->count, sizeof(*directory->entries), by_name);
	return directory;
}

static void finish(struct opening *opening, const struct outcome *outcome)
{
	struct filesystem *filesystem = opening->filesystem;
	struct outcome end = *outcome;
	struct directory *directory = NULL;

	if (end.kind == OUTCOME_OK) {
		directory = opening->node.kind == NODE_SECRETS &&
				    filesystem_environment(filesystem, &opening->node)->secrets
				? secrets_directory(filesystem, &opening->node)
				: fixed_directory(filesystem, &opening->node);
		if (!directory)
			end = outcome_make(OUTCOME_NO_MEMORY, "no memory for a directory");
	}
	opening->opened(opening->context, &end, directory);
}

static void listing_came(void *context, const struct outcome *outcome)
{
	struct opening *opening = context;

	filesystem_environment(opening->filesystem, &opening->node)->asked = 0;
	if (outcome->kind == OUTCOME_OK)
		filesystem_log_unshown(opening->filesystem, &opening->node);
	finish(opening, outcome);
	free(opening);
}

/* An empty secrets/ that owns no script says why, once. */
static void explain_empty(struct filesystem *filesystem, const struct node *node)
{
	struct environment_state *environment = filesystem_environment(filesystem, node);
	struct outcome outcome;

	if (environment->owner_logged)
		return;
	environment->owner_logged = true;
	outcome = filesystem_may_write(filesystem, node);
	filesystem_refuse(filesystem, "list", node, NULL, &outcome);
}

void directory_open(struct filesystem *filesystem, const struct node *node,
		    directory_opened *opened, void *context)
{
	struct opening now = {filesystem, *node, opened, context}, *opening;
	struct outcome outcome = {.kind = OUTCOME_OK};
	struct listing *listing = NULL;

	if (node->kind == NODE_SECRETS) {
		listing = filesystem_environment(filesystem, node)->listing;
		if (!listing)
			explain_empty(filesystem, node);
	}
	if (!listing) {
		finish(&now, &outcome);
		return;
	}
	opening = malloc(sizeof(*opening));
	if (!opening) {
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a directory");
		opened(context, &outcome, NULL);
		return;
	}
	*opening = now;
	listing_wait(listing, listing_came, opening);
}
