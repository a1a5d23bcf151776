/* SPDX-License-Identifier: MIT */
#include "flags.h"
#include "flags_author_control.h"
#include "flags_author_kv.h"
#include "flags_read.h"
#include "json_io.h"
#include <stdlib.h>
#include <string.h>

struct flags {
	struct flags_options options; /* its strings are ours */
	char *found_id; /* the namespace's id, as its title was found last; NULL: not yet */
	struct flag_places places; /* as the latest listing told them */
	struct author_kv *author;
	struct operation *operations;
};

/* A listing, or a change. Of the four things that it may wait for, one is set. */
struct operation {
	struct operation *next, **previous;
	struct flags *flags;
	struct kv_call *finding; /* the namespace's id */
	struct flags_read *reading;
	struct control_call *asking;
	struct kv_edit *editing;
	flags_listed *listed; /* NULL: a change */
	flags_changed *changed;
	void *context;
	struct flag_change change; /* its strings are ours */
};

/* ---- operations ---- */

static void free_change(struct flag_change *change)
{
	free((char *)change->key);
	free((char *)change->state);
	free((char *)change->text);
	free((char *)change->source);
	json_decref(change->definition);
}

/* Ends what it waits for, too. True if a request that changes something was on its way. */
static bool free_operation(struct operation *operation)
{
	bool on_its_way = operation->asking != NULL;

	if (operation->finding)
		kv_cancel(operation->finding);
	if (operation->reading)
		flags_read_cancel(operation->reading);
	if (operation->asking)
		control_cancel(operation->asking);
	if (operation->editing)
		on_its_way = author_kv_cancel(operation->editing);
	*operation->previous = operation->next;
	if (operation->next)
		operation->next->previous = operation->previous;
	free_change(&operation->change);
	free(operation);
	return on_its_way;
}

static struct operation *new_operation(struct flags *flags, void *context)
{
	struct operation *operation = calloc(1, sizeof(*operation));

	if (!operation)
		return NULL;
	operation->flags = flags;
	operation->context = context;
	operation->previous = &flags->operations;
	operation->next = flags->operations;
	if (operation->next)
		operation->next->previous = &operation->next;
	flags->operations = operation;
	return operation;
}

static void end_change(struct operation *operation, const struct outcome *outcome, json_t *flag)
{
	flags_changed *changed = operation->changed;
	void *context = operation->context;

	free_operation(operation);
	changed(context, outcome, outcome->kind == OUTCOME_OK ? flag : NULL);
}

static void end_listing(struct operation *operation, const struct outcome *outcome,
			struct flag_set *set)
{
	flags_listed *listed = operation->listed;
	void *context = operation->context;

	free_operation(operation);
	listed(context, outcome, set);
}

static void end(struct operation *operation, const struct outcome *outcome)
{
	if (operation->listed)
		end_listing(operation, outcome, NULL);
	else
		end_change(operation, outcome, NULL);
}

static void end_without_memory(struct operation *operation)
{
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

	end(operation, &outcome);
}

/* ---- the namespace ---- */

static const char *namespace_of(const struct flags *flags)
{
	return flags->options.namespace_id ? flags->options.namespace_id : flags->found_id;
}

static struct outcome name_namespace(const struct flags *flags, const struct outcome *outcome)
{
	const char *title = flags->options.namespace_title;
	const char *id = flags->options.namespace_id;

	if (outcome->kind == OUTCOME_NOT_FOUND && id)
		return outcome_advise(*outcome,
				      "check flags_kv: the KV namespace `%s' is not "
				      "there",
				      id);
	if (outcome->kind == OUTCOME_NOT_FOUND && title) {
		struct outcome named = outcome_advise(
		    outcome_make(outcome->kind, "there is no KV namespace `%s'", title),
		    "set flags_kv to the id of the namespace that holds the flags");

		named.http_status = outcome->http_status;
		named.code = outcome->code;
		return named;
	}
	if (outcome->kind == OUTCOME_AMBIGUOUS)
		return outcome_advise(*outcome,
				      "several KV namespaces are called `%s': set flags_kv to the "
				      "id of the one that holds the flags",
				      title);
	return *outcome;
}

/* A namespace that was found and is gone may be there again, with another id. */
static void notice_absence(const struct flags *flags, const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_NOT_FOUND && outcome->http_status &&
	    !flags_key_is_absent(outcome))
		kv_forget_namespaces(flags->options.kv);
}

static void begin_reading(struct operation *operation);
static void begin_editing(struct operation *operation);

static void begin_in_namespace(struct operation *operation)
{
	if (operation->listed)
		begin_reading(operation);
	else
		begin_editing(operation);
}

static void namespace_found(void *context, const struct outcome *came, const char *id)
{
	struct operation *operation = context;
	struct flags *flags = operation->flags;
	struct outcome outcome = name_namespace(flags, came);

	operation->finding = NULL;
	if (outcome.kind != OUTCOME_OK) {
		end(operation, &outcome);
		return;
	}
	free(flags->found_id);
	flags->found_id = strdup(id);
	if (flags->found_id)
		begin_in_namespace(operation);
	else
		end_without_memory(operation);
}

static void find_namespace(struct operation *operation)
{
	struct flags *flags = operation->flags;

	if (flags->options.namespace_id) {
		begin_in_namespace(operation);
		return;
	}
	operation->finding = kv_find_namespace(flags->options.kv, flags->options.namespace_title,
					       namespace_found, operation);
	if (!operation->finding)
		end_without_memory(operation);
}

/* ---- reading ---- */

static void flags_read_came(void *context, const struct outcome *came, struct flag_set *set,
			    struct flag_places places)
{
	struct operation *operation = context;
	struct flags *flags = operation->flags;
	struct outcome outcome = name_namespace(flags, came);

	operation->reading = NULL;
	notice_absence(flags, came);
	if (outcome.kind == OUTCOME_OK) {
		free(flags->places.holder);
		flags->places = places;
	}
	end_listing(operation, &outcome, set);
}

static void begin_reading(struct operation *operation)
{
	struct flags *flags = operation->flags;

	operation->reading = flags_read(flags->options.kv, namespace_of(flags),
					flags->options.snapshot_key, flags_read_came, operation);
	if (!operation->reading)
		end_without_memory(operation);
}

void flags_list(struct flags *flags, flags_listed *listed, void *context)
{
	struct operation *operation = new_operation(flags, context);
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

	if (!operation) {
		listed(context, &outcome, NULL);
		return;
	}
	operation->listed = listed;
	find_namespace(operation);
}

/* ---- changing through the control plane ---- */

static void control_answered(void *context, const struct outcome *came, json_t *answer, bool lost)
{
	struct operation *operation = context;
	struct outcome outcome = author_control_outcome(came, &operation->change, lost);
	json_t *flag = NULL;

	operation->asking = NULL;
	if (outcome.kind == OUTCOME_OK) {
		flag = author_control_flag(&operation->change, answer);
		if (!flag)
			outcome =
			    outcome_advise(outcome_make(OUTCOME_NO_MEMORY,
							"no memory for the flag, which is changed"),
					   "read it again");
	}
	end_change(operation, &outcome, flag);
	json_decref(flag);
}

static void begin_asking(struct operation *operation)
{
	struct flags_options *options = &operation->flags->options;

	operation->asking = author_control_send(options->plane, &options->scope, &operation->change,
						control_answered, operation);
	if (!operation->asking)
		end_without_memory(operation);
}

/* ---- changing in KV ---- */

/* The KV key that a change belongs to, borrowed; NULL where that is not known. */
static const char *target_key(const struct operation *operation, bool *own_key)
{
	const struct flags *flags = operation->flags;

	*own_key = false;
	if (operation->change.source)
		return operation->change.source;
	if (flags->options.snapshot_key)
		return flags->options.snapshot_key;
	if (flags->places.holders == 1 && flags->places.singles == 0)
		return flags->places.holder;
	*own_key = flags->places.holders == 0 && flags->places.singles > 0;
	return *own_key ? operation->change.key : NULL;
}

static void edit_ended(void *context, const struct outcome *came, json_t *flag)
{
	struct operation *operation = context;
	struct outcome outcome = *came;

	notice_absence(operation->flags, came);
	/* A flag that is not there is no namespace that is not there. */
	if (outcome.http_status)
		outcome = name_namespace(operation->flags, came);
	operation->editing = NULL;
	end_change(operation, &outcome, flag);
}

static void begin_editing(struct operation *operation)
{
	struct flags *flags = operation->flags;
	bool own_key;
	const char *kv_key = target_key(operation, &own_key);

	if (!kv_key) {
		struct outcome outcome = outcome_advise(
		    outcome_make(OUTCOME_BAD_VALUE,
				 "it is not known to which KV key the flag `%s' belongs",
				 operation->change.key),
		    "set flags_key to the KV key that holds the flags");

		end(operation, &outcome);
		return;
	}
	operation->editing = author_kv_change(flags->author, namespace_of(flags), kv_key, own_key,
					      &operation->change, edit_ended, operation);
	if (!operation->editing)
		end_without_memory(operation);
}

/* ---- changing ---- */

/* False where memory is short. */
static bool copy_text(const char **copy, const char *text)
{
	*copy = text ? strdup(text) : NULL;
	return *copy || !text;
}

static bool copy_change(struct flag_change *copy, const struct flag_change *change)
{
	copy->action = change->action;
	copy->version = change->version;
	copy->definition = change->definition ? json_deep_copy_whole(change->definition) : NULL;
	return copy_text(&copy->key, change->key) && copy_text(&copy->state, change->state) &&
	       copy_text(&copy->text, change->text) && copy_text(&copy->source, change->source) &&
	       (copy->definition || !change->definition);
}

static struct outcome refuse_authoring(const struct flags *flags)
{
	const char *reason = flags->options.author_reason;

	return outcome_make(OUTCOME_READ_ONLY, "%s",
			    reason ? reason : "flags cannot be written here");
}

void flags_change(struct flags *flags, const struct flag_change *change, flags_changed *changed,
		  void *context)
{
	struct operation *operation = NULL;
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

	if (flags->options.authoring == FLAG_AUTHORING_NONE)
		outcome = refuse_authoring(flags);
	else
		operation = new_operation(flags, context);
	if (!operation) {
		changed(context, &outcome, NULL);
		return;
	}
	operation->changed = changed;
	if (!copy_change(&operation->change, change))
		end_without_memory(operation);
	else if (flags->options.authoring == FLAG_AUTHORING_KV)
		find_namespace(operation);
	else
		begin_asking(operation);
}

bool flags_cancel(struct flags *flags, const void *context)
{
	struct operation *operation = flags->operations;

	while (operation && (operation->context != context || operation->listed))
		operation = operation->next;
	return operation && free_operation(operation);
}

/* ---- the rest ---- */

struct outcome flags_ready(const struct flags *flags)
{
	switch (flags->options.authoring) {
	case FLAG_AUTHORING_CONTROL_PLANE:
		return control_plane_ready(flags->options.plane);
	case FLAG_AUTHORING_KV:
		return kv_ready(flags->options.kv);
	case FLAG_AUTHORING_NONE:
		break;
	}
	return refuse_authoring(flags);
}

#define STRINGS 8

static void strings_of(struct flags_options *options, const char **strings[STRINGS])
{
	struct control_scope *scope = &options->scope;
	const char **members[STRINGS] = {&options->namespace_id, &options->namespace_title,
					 &options->snapshot_key, &options->author_reason,
					 &scope->account,	 &scope->project,
					 &scope->environment,	 &scope->app};

	memcpy(strings, members, sizeof(members));
}

/* False where memory is short; even then every string is a copy, or NULL. */
static bool copy_options(struct flags_options *copy, const struct flags_options *options)
{
	const char **strings[STRINGS];
	bool copied = true;

	*copy = *options;
	strings_of(copy, strings);
	for (size_t i = 0; i < STRINGS; i++)
		if (!copy_text(strings[i], *strings[i]))
			copied = false;
	return copied;
}

struct flags *flags_new(const struct flags_options *options)
{
	struct flags *flags = calloc(1, sizeof(*flags));

	if (!flags)
		return NULL;
	if (copy_options(&flags->options, options))
		flags->author = author_kv_new(options->kv, options->loop);
	if (flags->author)
		return flags;
	flags_free(flags);
	return NULL;
}

void flags_free(struct flags *flags)
{
	const char **strings[STRINGS];
	struct operation *next;

	if (!flags)
		return;
	for (struct operation *operation = flags->operations; operation; operation = next) {
		next = operation->next;
		free_operation(operation);
	}
	author_kv_free(flags->author);
	free(flags->places.holder);
	free(flags->found_id);
	strings_of(&flags->options, strings);
	for (size_t i = 0; i < STRINGS; i++)
		free((char *)*strings[i]);
	free(flags);
}
