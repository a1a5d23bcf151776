/* SPDX-License-Identifier: MIT */
#include "directory.h"
#include "branch.h"
#include "guests.h"
#include "installs.h"
#include "names.h"
#include "stale.h"
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
	if (!directory->entries) {
		free(directory);
		return NULL;
	}
	directory->previous = &filesystem->directories;
	directory->next = filesystem->directories;
	if (directory->next)
		directory->next->previous = &directory->next;
	filesystem->directories = directory;
	return directory;
}

static struct guest_use use_of(const struct directory *directory)
{
	return (struct guest_use){.handles = 1,
				  .bytes = directory->count * sizeof(*directory->entries)};
}

bool directory_enter(struct directory *directory, uid_t user)
{
	directory->user = user;
	directory->entered = guests_enter(directory->filesystem->guests, user, use_of(directory));
	return directory->entered;
}

void directory_close(struct directory *directory)
{
	if (!directory)
		return;
	if (directory->entered)
		guests_leave(directory->filesystem->guests, directory->user, use_of(directory));
	for (size_t i = 0; i < directory->count; i++)
		if (node_is_named(directory->entries[i].node.kind))
			name_release(directory->filesystem->names, directory->entries[i].node.name,
				     1);
	edition_close(directory->edition);
	*directory->previous = directory->next;
	if (directory->next)
		directory->next->previous = directory->previous;
	free(directory->entries);
	free(directory);
}

/* Whoever waits still looks at his directory: all are told before the first is closed. */
void directories_free(struct filesystem *filesystem)
{
	struct directory *directory, *next;

	for (directory = filesystem->directories; directory; directory = directory->next)
		if (directory->edition)
			edition_stop(directory->edition);
	for (directory = filesystem->directories; directory; directory = next) {
		next = directory->next;
		directory_close(directory);
	}
}

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct directory_entry *)left)->name,
		      ((const struct directory_entry *)right)->name);
}

static struct directory *branch_directory(struct filesystem *filesystem, const struct node *node)
{
	unsigned count = branch_count(filesystem, node);
	struct directory *directory = new_directory(filesystem, node, count);

	for (unsigned i = 0; directory && i < count; i++) {
		struct node child;

		if (!branch_at(filesystem, node, i, &child)) {
			directory_close(directory);
			return NULL;
		}
		if (child.kind != NODE_NONE)
			directory->entries[directory->count++] = (struct directory_entry){
			    .name = filesystem_name(filesystem, &child), .node = child};
	}
	return directory;
}

static struct directory *paged_directory(struct filesystem *filesystem, const struct node *node)
{
	struct directory *directory = new_directory(filesystem, node, 0);

	if (directory)
		directory->edition =
		    installs_open(filesystem_environment(filesystem, node)->installs);
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

static struct directory *make_directory(struct filesystem *filesystem, const struct node *node)
{
	if (node->kind == NODE_SECRETS && filesystem_environment(filesystem, node)->secrets)
		return secrets_directory(filesystem, node);
	if (branch_is_paged(filesystem, node))
		return paged_directory(filesystem, node);
	return branch_directory(filesystem, node);
}

/* What the configuration says is shown also where more may be told and was not: it fails at its
 * end. */
static bool has_some(const struct filesystem *filesystem, const struct node *node)
{
	if (node->kind == NODE_ROOT)
		return filesystem->account_count > 0;
	return node->kind == NODE_ACCOUNT && filesystem->accounts[node->index]->project_count > 0;
}

static void finish(struct opening *opening, const struct outcome *outcome)
{
	struct filesystem *filesystem = opening->filesystem;
	struct outcome end = *outcome;
	struct directory *directory = NULL;

	if (end.kind != OUTCOME_OK && has_some(filesystem, &opening->node))
		end.kind = OUTCOME_OK;
	if (end.kind == OUTCOME_OK) {
		directory = make_directory(filesystem, &opening->node);
		if (directory)
			directory->failure = *outcome;
		else
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
	stale_tell(opening->filesystem, &opening->node);
	finish(opening, outcome);
	free(opening);
}

/* An empty secrets/ that owns no script says why, once. */
static void explain_empty(struct filesystem *filesystem, const struct node *node)
{
	struct environment_state *environment = filesystem_environment(filesystem, node);
	struct outcome outcome;

	if (environment->reasons_logged & 1u << node->kind)
		return;
	environment->reasons_logged |= 1u << node->kind;
	outcome = filesystem_has_secrets(filesystem, node);
	filesystem_refuse(filesystem, "list", node, NULL, &outcome);
}

/* An empty flags/, routes/ or installs/ says why, once until it has something in it. */
static void explain_reason(struct filesystem *filesystem, const struct node *node)
{
	struct environment_state *environment;
	const char *reason = branch_reason(filesystem, node);
	struct outcome outcome;

	if (node->kind < NODE_FLAGS || node->kind > NODE_INSTALLS)
		return;
	environment = filesystem_environment(filesystem, node);
	if (!*reason) {
		environment->reasons_logged &= ~(1u << node->kind);
	} else if (!(environment->reasons_logged & 1u << node->kind)) {
		environment->reasons_logged |= 1u << node->kind;
		outcome = outcome_advise(outcome_make(OUTCOME_NOT_FOUND, "%s", reason),
					 "the directory is empty");
		filesystem_refuse(filesystem, "list", node, NULL, &outcome);
	}
}

static void branch_came(void *context, const struct outcome *outcome)
{
	struct opening *opening = context;

	if (outcome->kind == OUTCOME_OK)
		explain_reason(opening->filesystem, &opening->node);
	stale_tell(opening->filesystem, &opening->node);
	finish(opening, outcome);
	free(opening);
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
	if (!listing && !branch_asks(filesystem, node, NULL)) {
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
	if (listing)
		listing_wait(listing, listing_came, opening);
	else
		branch_wait(filesystem, node, NULL, branch_came, opening);
}

/* ---- reading ---- */

/* In installs/APP only that app's portals are. */
static bool is_in(const struct directory *directory, uint32_t id)
{
	const struct filesystem *filesystem = directory->filesystem;
	const char *name, *app;
	size_t length;

	if (directory->node.kind != NODE_APP)
		return true;
	name = name_text(filesystem->names, id);
	app = filesystem_interned(filesystem, &directory->node);
	length = app ? strlen(app) : 0;
	return length && !strncmp(name, app, length) && name[length] == '/';
}

static enum directory_step edition_step(const struct directory *directory, size_t *index,
					struct directory_entry *entry)
{
	const struct edition *edition = directory->edition;
	uint32_t name;

	while ((name = edition_name_at(edition, *index)) && !is_in(directory, name))
		(*index)++;
	if (name) {
		entry->node = directory->node;
		entry->node.kind = NODE_INSTALL;
		entry->node.name = name;
		entry->name = filesystem_name(directory->filesystem, &entry->node);
		return DIRECTORY_ENTRY;
	}
	if (edition_failure(edition)->kind != OUTCOME_OK)
		return DIRECTORY_FAILED;
	return edition_is_complete(edition) ? DIRECTORY_END : DIRECTORY_WAIT;
}

enum directory_step directory_at(const struct directory *directory, size_t *index,
				 struct directory_entry *entry)
{
	if (directory->edition)
		return edition_step(directory, index, entry);
	if (*index < directory->count) {
		*entry = directory->entries[*index];
		return DIRECTORY_ENTRY;
	}
	return directory->failure.kind == OUTCOME_OK ? DIRECTORY_END : DIRECTORY_FAILED;
}

struct reading {
	struct edition *edition;
	refresh_ready *ready;
	void *context;
};

static void read_on(void *context, const struct outcome *outcome)
{
	struct reading reading = *(struct reading *)context;

	free(context);
	reading.ready(reading.context, outcome);
	edition_close(reading.edition);
}

void directory_wait(struct directory *directory, size_t index, refresh_ready *ready, void *context)
{
	struct reading *reading = malloc(sizeof(*reading));
	struct outcome outcome;

	if (!reading) {
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a directory");
		ready(context, &outcome);
		return;
	}
	*reading = (struct reading){directory->edition, ready, context};
	edition_hold(directory->edition);
	edition_wait(directory->edition, index, read_on, reading);
}

const struct outcome *directory_failure(const struct directory *directory)
{
	return directory->edition ? edition_failure(directory->edition) : &directory->failure;
}
