/* SPDX-License-Identifier: MIT */
#include "change.h"
#include "../backends/flag_text.h"
#include "caller.h"
#include "journal.h"
#include "scratch.h"
#include "secret_time.h"
#include <stdlib.h>
#include <string.h>

/* No id of a deploy that is longer is noted. */
#define DEPLOY_SIZE 256

struct change {
	struct change *next, **previous;
	struct filesystem *filesystem;
	struct node node;
	char *name;
	bool removes;
	uid_t user;
	uint64_t id; /* in the journal */
	secrets_done *done;
	void *context;
};

static struct change *new_change(struct filesystem *filesystem, const struct node *node,
				 const char *name, secrets_done *done, void *context)
{
	struct change *change = calloc(1, sizeof(*change));

	if (change)
		change->name = strdup(name);
	if (!change || !change->name) {
		free(change);
		return NULL;
	}
	change->filesystem = filesystem;
	change->node = *node;
	change->done = done;
	change->context = context;
	change->previous = &filesystem->changes;
	change->next = filesystem->changes;
	if (change->next)
		change->next->previous = &change->next;
	filesystem->changes = change;
	return change;
}

static void free_change(struct change *change)
{
	*change->previous = change->next;
	if (change->next)
		change->next->previous = change->previous;
	free(change->name);
	free(change);
}

void changes_free(struct filesystem *filesystem)
{
	struct change *next;

	for (struct change *change = filesystem->changes; change; change = next) {
		next = change->next;
		free_change(change);
	}
}

/* The directory that the file is in, whichever of the two the node is. */
static struct node directory_of(const struct node *node)
{
	return node_is_directory(node->kind) ? *node : node_parent(node);
}

/* As the next mount will read it in the journal. */
static void note_time(const struct change *change, const struct node *directory,
		      const struct timespec *when)
{
	struct set_time set = {.when = *when, .user = change->user};

	if (directory->kind == NODE_SECRETS)
		secret_changed(change->filesystem, directory, change->name, change->removes, &set);
}

static void note_lost_end(const struct change *change)
{
	struct node directory = directory_of(&change->node);
	struct outcome lost = outcome_advise(
	    outcome_make(OUTCOME_LOCAL_ERROR, "the journal of changes lacks the end of a change"),
	    "at the next mount it has the end `unknown'");

	filesystem_refuse(change->filesystem, "journal", &directory, change->name, &lost);
}

/* That a good end could not be noted is no reason to call it a bad one. */
static void conclude(const struct change *change, const struct outcome *outcome)
{
	struct journal *journal = change->filesystem->journal;
	struct node directory = directory_of(&change->node);
	struct timespec when;

	if (journal && !journal_conclude(journal, change->id, outcome, &when))
		note_lost_end(change);
	else if (journal && outcome->kind == OUTCOME_OK)
		note_time(change, &directory, &when);
}

/* What was on its way when its caller went: nobody will know its end. */
static void give_up(const struct change *change)
{
	struct journal *journal = change->filesystem->journal;

	if (journal && !journal_give_up(journal, change->id))
		note_lost_end(change);
}

static void ended(void *context, const struct outcome *outcome)
{
	struct change *change = context;
	secrets_done *done = change->done;

	conclude(change, outcome);
	context = change->context;
	free_change(change);
	done(context, outcome);
}

static size_t list_scripts(const struct change *change, const char **scripts)
{
	const struct secrets *secrets = NULL;
	size_t count;

	if (directory_of(&change->node).kind == NODE_SECRETS)
		secrets = filesystem_environment(change->filesystem, &change->node)->secrets;
	count = secrets ? secrets->ops->scripts(secrets) : 0;
	for (size_t i = 0; i < count; i++)
		scripts[i] = secrets->ops->script(secrets, (unsigned)i);
	return count;
}

/* What is no secret is noted as it is: a deploy's id, and the word that a flag is set by. */
static void note_words(const struct node *node, const struct value *value,
		       char deploy[static DEPLOY_SIZE], struct journal_intent *intent)
{
	size_t length = value_length(value);

	if (node->kind == NODE_FLAG || node->kind == NODE_FLAGS)
		intent->state = flag_state_word(value_bytes(value), length);
	if (node->kind != NODE_ACTIVE || length >= DEPLOY_SIZE)
		return;
	memcpy(deploy, value_bytes(value), length);
	deploy[length] = '\0';
	intent->deploy = deploy;
}

static struct outcome intend(struct change *change, const char *operation,
			     const struct value *value, size_t written, const struct author *author)
{
	struct journal *journal = change->filesystem->journal;
	struct node directory = directory_of(&change->node);
	char path[PATH_SIZE], fingerprint[JOURNAL_FINGERPRINT_SIZE], program[CALLER_PROGRAM_SIZE];
	char deploy[DEPLOY_SIZE];
	const char *scripts[SECRETS_SCRIPTS_MAX];
	struct journal_intent intent = {.operation = operation,
					.path = path,
					.user = author->user,
					.pid = author->pid,
					.scripts = scripts,
					.has_value = value != NULL,
					.written = written,
					.fingerprint = fingerprint};

	change->removes = value == NULL;
	change->user = author->user;
	if (!journal)
		return (struct outcome){.kind = OUTCOME_OK};
	filesystem_path(change->filesystem, &directory, change->name, path);
	intent.script_count = list_scripts(change, scripts);
	if (directory.kind == NODE_SECRETS)
		intent.account =
		    secret_account(filesystem_environment(change->filesystem, &directory));
	if (author->program && *author->program)
		intent.program = author->program;
	else if (!author->program &&
		 filesystem_caller_program(change->filesystem, author->pid, program))
		intent.program = program;
	if (value) {
		intent.stored = value_length(value);
		journal_fingerprint(journal, value_bytes(value), value_length(value), fingerprint);
		note_words(&change->node, value, deploy, &intent);
	}
	return journal_intend(journal, &intent, &change->id);
}

static void refuse(struct change *change, secrets_done *done, void *context,
		   const struct outcome *outcome)
{
	free_change(change);
	done(context, outcome);
}

static void refuse_without_memory(secrets_done *done, void *context)
{
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a change");

	done(context, &outcome);
}

void change_set(struct filesystem *filesystem, const struct node *node, const char *name,
		const struct value *value, size_t written, const struct author *author,
		secrets_done *done, void *context)
{
	struct change *change = new_change(filesystem, node, name, done, context);
	struct outcome outcome;

	if (!change) {
		refuse_without_memory(done, context);
		return;
	}
	outcome = intend(change, "set", value, written, author);
	if (outcome.kind == OUTCOME_OK)
		sink_of(node->kind)
		    ->set(filesystem, node, change->name, value, author->session, ended, change);
	else
		refuse(change, done, context, &outcome);
}

void change_unset(struct filesystem *filesystem, const struct node *node, const char *name,
		  const struct author *author, secrets_done *done, void *context)
{
	struct change *change = new_change(filesystem, node, name, done, context);
	struct outcome outcome;

	if (!change) {
		refuse_without_memory(done, context);
		return;
	}
	outcome = intend(change, "unset", NULL, 0, author);
	if (outcome.kind == OUTCOME_OK)
		sink_of(node->kind)
		    ->unset(filesystem, node, change->name, author->session, ended, change);
	else
		refuse(change, done, context, &outcome);
}

bool change_cancel(struct filesystem *filesystem, const struct node *node, const void *context)
{
	struct outcome outcome;
	bool on_its_way;

	for (struct change *change = filesystem->changes; change; change = change->next) {
		if (change->context != context)
			continue;
		on_its_way = sink_of(node->kind)->cancel(filesystem, node, change);
		outcome = outcome_make(OUTCOME_CANCELLED, "interrupted");
		if (on_its_way)
			give_up(change);
		else
			conclude(change, &outcome);
		free_change(change);
		return on_its_way;
	}
	return false;
}
