/* SPDX-License-Identifier: MIT */
#include "scratch.h"
#include "guests.h"
#include "sink.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct scratch {
	struct scratch_table *table;
	struct node directory;
	uint32_t generation; /* so that a new one in the same place has another inode number */
	uid_t user;	     /* who made it */
	char *name;	     /* NULL: the place is free, or only open handles are left of it */
	struct value *value; /* NULL: the place is free */
	unsigned opens;
	struct loop_timer timer;
	struct value *sending;
	char *target; /* the name that it is being committed to */
	secrets_done *done;
	void *context;
};

struct scratch_table {
	struct filesystem *filesystem;
	struct scratch places[SCRATCH_MAX];
};

struct scratch_table *scratch_table_new(struct filesystem *filesystem)
{
	struct scratch_table *table = calloc(1, sizeof(*table));

	if (table)
		table->filesystem = filesystem;
	return table;
}

bool scratch_is_wanted(const char *name, int flags)
{
	return name[0] == '.' || ((flags & O_ACCMODE) == O_RDWR && flags & O_EXCL);
}

static void forget_commit(struct scratch *scratch)
{
	value_free(scratch->sending);
	free(scratch->target);
	scratch->sending = NULL;
	scratch->target = NULL;
}

static const struct guest_use one = {.temporaries = 1};

static void free_place(struct scratch *scratch)
{
	guests_leave(scratch->table->filesystem->guests, scratch->user, one);
	loop_timer_stop(scratch->table->filesystem->loop, &scratch->timer);
	forget_commit(scratch);
	value_free(scratch->value);
	free(scratch->name);
	*scratch = (struct scratch){.table = scratch->table, .generation = scratch->generation + 1};
}

void scratch_table_free(struct scratch_table *table)
{
	for (int i = 0; table && i < SCRATCH_MAX; i++)
		if (table->places[i].value)
			free_place(&table->places[i]);
	free(table);
}

struct scratch *scratch_create(struct scratch_table *table, const struct node *directory,
			       const char *name, uid_t user)
{
	struct guests *guests = table->filesystem->guests;
	struct scratch *scratch = table->places;

	while (scratch < table->places + SCRATCH_MAX && scratch->value)
		scratch++;
	if (scratch == table->places + SCRATCH_MAX || !guests_enter(guests, user, one))
		return NULL;
	scratch->user = user;
	scratch->table = table;
	scratch->directory = *directory;
	scratch->name = strdup(name);
	scratch->value = scratch->name ? value_new(table->filesystem->arena, VALUE_CEILING) : NULL;
	scratch->opens = 1;
	if (scratch->value)
		return scratch;
	guests_leave(guests, user, one);
	free(scratch->name);
	scratch->name = NULL;
	return NULL;
}

struct scratch *scratch_find(struct scratch_table *table, const struct node *directory,
			     const char *name)
{
	for (int i = 0; i < SCRATCH_MAX; i++) {
		struct scratch *scratch = &table->places[i];

		if (scratch->name && scratch->directory.kind == directory->kind &&
		    scratch->directory.index == directory->index &&
		    scratch->directory.environment == directory->environment &&
		    !strcmp(scratch->name, name))
			return scratch;
	}
	return NULL;
}

struct node scratch_node(const struct scratch *scratch)
{
	struct node node = scratch->directory;

	node.kind = NODE_SCRATCH;
	node.name = (uint32_t)(scratch - scratch->table->places) +
		    scratch->generation * (uint32_t)SCRATCH_MAX;
	return node;
}

struct scratch *scratch_of_node(struct scratch_table *table, const struct node *node)
{
	struct scratch *scratch = &table->places[node->name % SCRATCH_MAX];

	if (!scratch->value || scratch->generation != node->name / SCRATCH_MAX)
		return NULL;
	return scratch;
}

const char *scratch_name(const struct scratch *scratch)
{
	return scratch->name ? scratch->name : "";
}

enum node_kind scratch_directory(const struct scratch *scratch)
{
	return scratch->directory.kind;
}

static const struct sink *sink_for(const struct scratch *scratch)
{
	return sink_of(scratch->directory.kind);
}

/* The kind of the files that have names in its directory. */
static enum node_kind kind_of_target(const struct scratch *scratch)
{
	return scratch->directory.kind == NODE_SECRETS ? NODE_SECRET : NODE_FLAG;
}

static void give_up(void *context)
{
	struct scratch *scratch = context;
	struct outcome outcome =
	    outcome_advise(outcome_make(OUTCOME_BAD_VALUE,
					"a temporary file was closed and not renamed: it is wiped"),
			   "nothing was sent; rename it onto the secret's name, or write to that");

	filesystem_refuse(scratch->table->filesystem, "close", &scratch->directory, scratch->name,
			  &outcome);
	free_place(scratch);
}

void scratch_open(struct scratch *scratch)
{
	scratch->opens++;
	loop_timer_stop(scratch->table->filesystem->loop, &scratch->timer);
}

/* One that was removed or committed goes with its last handle; the others wait for their rename. */
static void release_place(struct scratch *scratch)
{
	if (scratch->opens > 0 || scratch->sending)
		return;
	if (scratch->name)
		loop_timer_set(scratch->table->filesystem->loop, &scratch->timer, SCRATCH_PATIENCE,
			       give_up, scratch);
	else
		free_place(scratch);
}

void scratch_close(struct scratch *scratch)
{
	scratch->opens--;
	release_place(scratch);
}

const struct value *scratch_value(const struct scratch *scratch)
{
	return scratch->value;
}

bool scratch_write(struct scratch *scratch, size_t offset, const char *bytes, size_t length)
{
	return value_write(scratch->value, offset, bytes, length);
}

bool scratch_resize(struct scratch *scratch, size_t length)
{
	return value_resize(scratch->value, length);
}

void scratch_remove(struct scratch *scratch)
{
	free(scratch->name);
	scratch->name = NULL;
	value_truncate(scratch->value, 0);
	release_place(scratch);
}

static void committed(void *context, const struct outcome *outcome)
{
	struct scratch *scratch = context;
	struct filesystem *filesystem = scratch->table->filesystem;
	secrets_done *done = scratch->done;

	sink_for(scratch)->ended(filesystem, &scratch->directory, scratch->target, false, outcome);
	if (outcome->kind == OUTCOME_OK)
		filesystem_keep_failure(filesystem_environment(filesystem, &scratch->directory),
					kind_of_target(scratch), scratch->target, outcome);
	context = scratch->context;
	forget_commit(scratch);
	if (outcome->kind == OUTCOME_OK)
		scratch_remove(scratch);
	else
		release_place(scratch);
	done(context, outcome);
}

static struct outcome prepare(struct scratch *scratch, const char *name)
{
	struct filesystem *filesystem = scratch->table->filesystem;
	size_t stored = 0;
	struct outcome outcome = sink_for(scratch)->check(
	    filesystem, name, value_bytes(scratch->value), value_length(scratch->value), &stored);

	if (outcome.kind != OUTCOME_OK)
		return outcome;
	scratch->target = strdup(name);
	scratch->sending = value_new(filesystem->arena, VALUE_CEILING);
	if (scratch->target && scratch->sending &&
	    value_append(scratch->sending, value_bytes(scratch->value), stored))
		return outcome;
	forget_commit(scratch);
	return outcome_make(OUTCOME_NO_MEMORY, "no locked memory for a value");
}

void scratch_commit(struct scratch *scratch, const char *name, const struct author *author,
		    secrets_done *done, void *context)
{
	struct outcome outcome = prepare(scratch, name);

	if (outcome.kind != OUTCOME_OK) {
		done(context, &outcome);
		return;
	}
	loop_timer_stop(scratch->table->filesystem->loop, &scratch->timer);
	scratch->done = done;
	scratch->context = context;
	change_set(scratch->table->filesystem, &scratch->directory, scratch->target,
		   scratch->sending, value_length(scratch->value), author, committed, scratch);
}

bool scratch_cancel(struct scratch *scratch)
{
	bool on_its_way = scratch->sending &&
			  change_cancel(scratch->table->filesystem, &scratch->directory, scratch);

	forget_commit(scratch);
	release_place(scratch);
	return on_its_way;
}
