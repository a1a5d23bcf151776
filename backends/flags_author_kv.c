/* SPDX-License-Identifier: MIT */
#include "flags_author_kv.h"
#include "flag_change.h"
#include "flags_read.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* How long KV may show what was replaced, and how many replaced values are known again. */
#define STALE_MILLISECONDS 60000
#define REPLACED_MAX 64

/* Pages of a listing that are looked through for one key: it is on the first that has any keys. */
#define PAGES_MAX 50
#define HASH_SIZE 16

enum edit_state {
	EDIT_WAITING, /* for the next cycle */
	EDIT_READING, /* in the cycle that reads */
	EDIT_WRITING, /* in the value that is on its way */
	EDIT_ENDED    /* not yet told */
};

struct kv_edit {
	struct kv_edit *next;
	struct target *target;
	enum edit_state state;
	const struct flag_change *change;
	bool own_key;
	flags_changed *changed;
	void *context;
	struct outcome outcome;
	json_t *flag; /* as it becomes */
};

/* What a key has beside its value, and loses with a write that does not repeat it. */
struct attached {
	json_t *metadata;   /* NULL: none */
	int64_t expiration; /* 0: never */
};

/* A value that a write of ours replaced. */
struct replaced {
	unsigned char hash[HASH_SIZE];
	int64_t until; /* loop_now, 0: unused */
};

/* A KV key. It runs through cycles: wait for the pause, read, look up the metadata, write. */
struct target {
	struct target *next;
	struct author_kv *author;
	char *namespace_id, *kv_key;
	struct kv_edit *edits; /* in the order in which they came */
	struct loop_timer timer;
	struct kv_call *call;
	bool telling;
	char *base; /* what was read; NULL: absent */
	size_t base_length;
	char *value; /* base with the edits so far; NULL: none yet */
	struct attached attached;
	unsigned pages; /* of the listing, so far */
	char *written;	/* the latest value written by us; NULL: none */
	struct attached written_attached;
	int64_t written_at;
	struct replaced replaced[REPLACED_MAX];
	size_t next_replaced;
};

struct author_kv {
	struct kv *kv;
	struct loop *loop;
	struct target *targets;
	struct loop_timer sweeping;
};

static void detach(struct attached *attached)
{
	json_decref(attached->metadata);
	*attached = (struct attached){0};
}

/* ---- edits ---- */

static void free_edit(struct kv_edit *edit)
{
	struct kv_edit **link = &edit->target->edits;

	while (*link != edit)
		link = &(*link)->next;
	*link = edit->next;
	json_decref(edit->flag);
	free(edit);
}

static struct kv_edit *first_edit(const struct target *target, enum edit_state state)
{
	struct kv_edit *edit = target->edits;

	while (edit && edit->state != state)
		edit = edit->next;
	return edit;
}

static void end_edits(struct target *target, enum edit_state state, const struct outcome *outcome)
{
	struct kv_edit *edit;

	while ((edit = first_edit(target, state))) {
		edit->state = EDIT_ENDED;
		edit->outcome = *outcome;
	}
}

/* What is called may add and cancel edits. */
static void tell_ended(struct target *target)
{
	struct kv_edit *edit;

	target->telling = true;
	while ((edit = first_edit(target, EDIT_ENDED))) {
		struct kv_edit ended = *edit;

		edit->flag = NULL;
		free_edit(edit);
		ended.changed(ended.context, &ended.outcome,
			      ended.outcome.kind == OUTCOME_OK ? ended.flag : NULL);
		json_decref(ended.flag);
	}
	target->telling = false;
}

/* ---- values that were replaced ---- */

static void hash_value(unsigned char hash[HASH_SIZE], const char *bytes, size_t length)
{
	crypto_generichash(hash, HASH_SIZE, (const unsigned char *)bytes, bytes ? length : 0, NULL,
			   0);
}

static struct replaced *find_replaced(struct target *target, const char *bytes, size_t length)
{
	unsigned char hash[HASH_SIZE];
	int64_t now = loop_now();

	hash_value(hash, bytes, length);
	for (size_t i = 0; i < REPLACED_MAX; i++)
		if (target->replaced[i].until > now &&
		    !memcmp(target->replaced[i].hash, hash, HASH_SIZE))
			return &target->replaced[i];
	return NULL;
}

static void sweep_again(void *context);

/* The value has been written: what was there before may still be shown for a while. */
static void remember_write(struct target *target)
{
	struct replaced *replaced = &target->replaced[target->next_replaced++ % REPLACED_MAX];
	struct replaced *again;

	hash_value(replaced->hash, target->base, target->base_length);
	replaced->until = loop_now() + STALE_MILLISECONDS;
	again = find_replaced(target, target->value, strlen(target->value));
	if (again)
		again->until = 0;
	free(target->written);
	target->written = target->value;
	target->value = NULL;
	detach(&target->written_attached);
	target->written_attached = target->attached;
	target->attached = (struct attached){0};
	target->written_at = loop_now();
	loop_timer_set(target->author->loop, &target->author->sweeping, STALE_MILLISECONDS,
		       sweep_again, target->author);
}

/* False where memory is short. */
static bool freshen_base(struct target *target)
{
	char *copy;

	if (!target->written || !find_replaced(target, target->base, target->base_length))
		return true;
	copy = strdup(target->written);
	if (!copy)
		return false;
	free(target->base);
	target->base = copy;
	target->base_length = strlen(copy);
	return true;
}

/* ---- the cycle ---- */

static void begin_cycle(void *context);

static void arm(struct target *target)
{
	int64_t pause = 0;

	if (target->call || target->timer.running || !first_edit(target, EDIT_WAITING))
		return;
	if (target->written)
		pause = target->written_at + KV_WRITE_PAUSE * INT64_C(1000) - loop_now();
	loop_timer_set(target->author->loop, &target->timer, pause > 0 ? pause : 0, begin_cycle,
		       target);
}

static void clear_cycle(struct target *target)
{
	free(target->base);
	target->base = NULL;
	target->base_length = 0;
	free(target->value);
	target->value = NULL;
	detach(&target->attached);
	target->pages = 0;
	arm(target);
}

static void end_cycle(struct target *target)
{
	clear_cycle(target);
	tell_ended(target);
}

static void fail_cycle(struct target *target, enum edit_state state, const struct outcome *outcome)
{
	end_edits(target, state, outcome);
	end_cycle(target);
}

static void end_without_memory(struct target *target, enum edit_state state)
{
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a change in KV");

	fail_cycle(target, state, &outcome);
}

static void value_written(void *context, const struct outcome *outcome)
{
	struct target *target = context;

	target->call = NULL;
	if (outcome->kind == OUTCOME_OK)
		remember_write(target);
	fail_cycle(target, EDIT_WRITING, outcome);
}

/* Adds an edit to the value, or ends it. */
static void apply_edit(struct target *target, struct kv_edit *edit)
{
	const char *bytes = target->value ? target->value : target->base;
	size_t length = target->value ? strlen(target->value) : target->base_length;
	char *value = NULL;

	edit->outcome = flag_change_apply(edit->change, bytes, length, target->kv_key,
					  edit->own_key, &value, &edit->flag);
	edit->state = edit->outcome.kind == OUTCOME_OK ? EDIT_WRITING : EDIT_ENDED;
	if (!value)
		return;
	free(target->value);
	target->value = value;
}

static void write_edits(struct target *target)
{
	struct kv_edit *edit;

	if (!freshen_base(target)) {
		end_without_memory(target, EDIT_READING);
		return;
	}
	while ((edit = first_edit(target, EDIT_READING)))
		apply_edit(target, edit);
	if (!target->value) {
		end_cycle(target);
		return;
	}
	target->call =
	    kv_put(target->author->kv, target->namespace_id, target->kv_key, target->value,
		   target->attached.metadata, target->attached.expiration, value_written, target);
	if (target->call)
		tell_ended(target);
	else
		end_without_memory(target, EDIT_WRITING);
}

static bool attach(struct target *target, const struct kv_key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(keys[i].name, target->kv_key) != 0)
			continue;
		target->attached = (struct attached){.metadata = json_incref(keys[i].metadata),
						     .expiration = keys[i].expiration};
		return true;
	}
	return false;
}

/* A key that was made a moment ago may be listed later than it can be read. */
static void write_unlisted(struct target *target)
{
	struct outcome outcome = outcome_advise(
	    outcome_make(OUTCOME_BAD_REPLY,
			 "Workers KV does not list the key `%s', so that its metadata and its "
			 "expiration, which a write would take from it, are not known",
			 target->kv_key),
	    "write again in a minute");

	if (!target->written) {
		fail_cycle(target, EDIT_READING, &outcome);
		return;
	}
	target->attached = target->written_attached;
	json_incref(target->attached.metadata);
	write_edits(target);
}

static void keys_came(void *context, const struct outcome *outcome, const struct kv_key *keys,
		      size_t count, const char *next);

static void look_up(struct target *target, const char *cursor)
{
	target->call = kv_keys(target->author->kv, target->namespace_id, target->kv_key, cursor,
			       keys_came, target);
	if (!target->call)
		end_without_memory(target, EDIT_READING);
}

/* A page may be empty and yet not the last. */
static void keys_came(void *context, const struct outcome *outcome, const struct kv_key *keys,
		      size_t count, const char *next)
{
	struct target *target = context;

	target->call = NULL;
	if (outcome->kind != OUTCOME_OK)
		fail_cycle(target, EDIT_READING, outcome);
	else if (attach(target, keys, count))
		write_edits(target);
	else if (next && ++target->pages < PAGES_MAX)
		look_up(target, next);
	else
		write_unlisted(target);
}

static bool keep_base(struct target *target, const char *bytes, size_t length)
{
	target->base = malloc(length + 1);
	if (!target->base)
		return false;
	memcpy(target->base, bytes, length);
	target->base[length] = '\0';
	target->base_length = length;
	return true;
}

static void value_came(void *context, const struct outcome *outcome, const char *bytes,
		       size_t length)
{
	struct target *target = context;

	target->call = NULL;
	if (flags_key_is_absent(outcome))
		write_edits(target);
	else if (outcome->kind != OUTCOME_OK)
		fail_cycle(target, EDIT_READING, outcome);
	else if (keep_base(target, bytes, length))
		look_up(target, NULL);
	else
		end_without_memory(target, EDIT_READING);
}

static void begin_cycle(void *context)
{
	struct target *target = context;
	struct kv_edit *edit;

	if (!first_edit(target, EDIT_WAITING))
		return;
	while ((edit = first_edit(target, EDIT_WAITING)))
		edit->state = EDIT_READING;
	target->call =
	    kv_get(target->author->kv, target->namespace_id, target->kv_key, value_came, target);
	if (!target->call)
		end_without_memory(target, EDIT_READING);
}

/* ---- targets ---- */

static void free_target(struct target *target)
{
	if (target->call)
		kv_cancel(target->call);
	loop_timer_stop(target->author->loop, &target->timer);
	while (target->edits)
		free_edit(target->edits);
	free(target->base);
	free(target->value);
	detach(&target->attached);
	free(target->written);
	detach(&target->written_attached);
	free(target->namespace_id);
	free(target->kv_key);
	free(target);
}

/* Lets go of the KV keys of which nothing has to be remembered any more. */
static void sweep(struct author_kv *author)
{
	struct target **link = &author->targets;
	int64_t now = loop_now();

	while (*link) {
		struct target *target = *link;

		if (target->edits || target->telling ||
		    (target->written && now < target->written_at + STALE_MILLISECONDS)) {
			link = &target->next;
		} else {
			*link = target->next;
			free_target(target);
		}
	}
}

/* A value may be large: it is not kept until somebody changes another one. */
static void sweep_again(void *context)
{
	struct author_kv *author = context;

	sweep(author);
	if (author->targets)
		loop_timer_set(author->loop, &author->sweeping, STALE_MILLISECONDS, sweep_again,
			       author);
}

static struct target *find_target(struct author_kv *author, const char *namespace_id,
				  const char *kv_key)
{
	struct target *target = author->targets;

	while (target && (strcmp(target->namespace_id, namespace_id) != 0 ||
			  strcmp(target->kv_key, kv_key) != 0))
		target = target->next;
	return target;
}

static struct target *target_of(struct author_kv *author, const char *namespace_id,
				const char *kv_key)
{
	struct target *target;

	sweep(author);
	target = find_target(author, namespace_id, kv_key);
	if (target)
		return target;
	target = calloc(1, sizeof(*target));
	if (!target)
		return NULL;
	target->author = author;
	target->namespace_id = strdup(namespace_id);
	target->kv_key = strdup(kv_key);
	if (!target->namespace_id || !target->kv_key) {
		free_target(target);
		return NULL;
	}
	target->next = author->targets;
	author->targets = target;
	return target;
}

/* ---- the interface ---- */

struct author_kv *author_kv_new(struct kv *kv, struct loop *loop)
{
	struct author_kv *author = calloc(1, sizeof(*author));

	if (author)
		*author = (struct author_kv){.kv = kv, .loop = loop};
	return author;
}

void author_kv_free(struct author_kv *author)
{
	if (!author)
		return;
	loop_timer_stop(author->loop, &author->sweeping);
	while (author->targets) {
		struct target *target = author->targets;

		author->targets = target->next;
		free_target(target);
	}
	free(author);
}

struct kv_edit *author_kv_change(struct author_kv *author, const char *namespace_id,
				 const char *kv_key, bool own_key, const struct flag_change *change,
				 flags_changed *changed, void *context)
{
	struct target *target = target_of(author, namespace_id, kv_key);
	struct kv_edit *edit = target ? calloc(1, sizeof(*edit)) : NULL;
	struct kv_edit **link;

	if (!edit)
		return NULL;
	*edit = (struct kv_edit){.target = target,
				 .change = change,
				 .own_key = own_key,
				 .changed = changed,
				 .context = context};
	for (link = &target->edits; *link; link = &(*link)->next)
		;
	*link = edit;
	arm(target);
	return edit;
}

bool author_kv_cancel(struct kv_edit *edit)
{
	struct target *target = edit->target;
	enum edit_state state = edit->state;
	bool on_its_way = state == EDIT_WRITING ||
			  (state == EDIT_ENDED && edit->flag && edit->outcome.kind == OUTCOME_OK);

	free_edit(edit);
	if ((state != EDIT_READING && state != EDIT_WRITING) || first_edit(target, state))
		return on_its_way;
	/* It was the only one in the request that runs. */
	on_its_way = kv_cancel(target->call) && state == EDIT_WRITING;
	target->call = NULL;
	clear_cycle(target);
	return on_its_way;
}
