/* SPDX-License-Identifier: MIT */
#include "value_file.h"
#include "commit.h"
#include "guests.h"
#include "sink.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Somebody who waits for the commit that runs. */
struct waiter {
	struct waiter *next;
	uint64_t taken; /* when he began to wait: what is his */
	pid_t caller;
	secrets_done *done;
	void *context;
};

/* A value that is longer and does not end in a newline may be only the beginning of one. */
#define PIECE_MAX 32768

struct value_file {
	struct value_file *next, **previous;
	struct filesystem *filesystem;
	struct environment_state *environment;
	struct node node;
	const struct sink *sink;
	char *name;
	struct author opener; /* pid and program: who writes */
	char *program;
	char *shown; /* NULL: the placeholder */
	size_t shown_length;
	struct value *value;   /* everything written on this handle, NULL if read-only */
	struct value *sending; /* what of it is stored, while a commit runs */
	size_t sent;	       /* how much of the value the last commit covered */
	uint64_t taken;	       /* bytes in all, whatever was wiped or truncated since */
	uint64_t covered;      /* so many of them by the last commit */
	size_t write_length;   /* of the write that the running commit is for; 0: a flush's */
	bool writes, entered;  /* entered: it counts in its opener's share */
	bool append, must_write, written, committed, closed;
	struct outcome death; /* why nothing more is taken, OUTCOME_OK while alive */
	bool dropped;	 /* bytes went with it whose writers had been told that they were taken */
	pid_t committer; /* who waits for the commit that runs */
	pid_t told;	 /* who has heard of the death from the call that brought it about */
	bool may_repeat; /* but for the bytes of this digest */
	unsigned char repeat[crypto_generichash_BYTES];
	unsigned char stored[crypto_generichash_BYTES]; /* digest of the last value sent */
	struct waiter *waiters;
};

static struct guest_use use_of(const struct value_file *file)
{
	return (struct guest_use){
	    .handles = 1, .writers = file->writes, .bytes = file->shown_length};
}

static void free_parts(struct value_file *file)
{
	if (file->entered)
		guests_leave(file->filesystem->guests, file->opener.user, use_of(file));
	value_free(file->value);
	value_free(file->sending);
	free(file->name);
	free(file->shown);
	free(file->program);
	free(file);
}

struct value_file *value_file_open(struct filesystem *filesystem, const struct node *node,
				   const struct author *opener, int flags, bool must_write,
				   char *shown, size_t length)
{
	struct value_file *file = calloc(1, sizeof(*file));
	bool writes = (flags & O_ACCMODE) != O_RDONLY;

	if (!file) {
		free(shown);
		return NULL;
	}
	*file = (struct value_file){.filesystem = filesystem,
				    .environment = filesystem_environment(filesystem, node),
				    .node = *node,
				    .sink = sink_of(node->kind),
				    .opener = *opener,
				    .must_write = must_write,
				    .append = flags & O_APPEND,
				    .writes = writes,
				    .shown = shown,
				    .shown_length = length};
	file->entered = guests_enter(filesystem->guests, opener->user, use_of(file));
	file->name = strdup(filesystem_name(filesystem, node));
	if (writes && file->entered)
		file->value = value_new(filesystem->arena, VALUE_CEILING);
	if (!file->entered || !file->name || (writes && !file->value)) {
		free_parts(file);
		return NULL;
	}
	if (node_is_named(node->kind))
		name_hold_again(filesystem->names, node->name);
	file->previous = &file->environment->files;
	file->next = file->environment->files;
	if (file->next)
		file->next->previous = &file->next;
	file->environment->files = file;
	return file;
}

void value_file_set_writer(struct value_file *file, pid_t writer)
{
	char program[CALLER_PROGRAM_SIZE];

	if (file->opener.program && file->opener.pid == writer)
		return;
	file->opener.pid = writer;
	free(file->program);
	file->program =
	    filesystem_caller_program(file->filesystem, writer, program) ? strdup(program) : NULL;
	file->opener.program = file->program ? file->program : "";
}

uid_t value_file_opener(const struct value_file *file)
{
	return file->opener.user;
}

const char *value_file_shown(const struct value_file *file, size_t *length)
{
	*length = file->shown_length;
	return file->shown;
}

static void keep_failure(struct value_file *file, const struct outcome *outcome)
{
	filesystem_keep_failure(file->environment, file->node.kind, file->name, outcome);
}

static void unlink_file(struct value_file *file)
{
	*file->previous = file->next;
	if (file->next)
		file->next->previous = file->previous;
}

static void free_file(struct value_file *file)
{
	unlink_file(file);
	if (node_is_named(file->node.kind))
		name_release(file->filesystem->names, file->node.name, 1);
	while (file->waiters) {
		struct waiter *waiter = file->waiters;

		file->waiters = waiter->next;
		free(waiter);
	}
	free_parts(file);
}

/* Every close sends what is dirty, but where memory was short or its caller was somebody else. */
static void tell_unsent(struct value_file *file)
{
	struct outcome unsent = outcome_advise(
	    outcome_make(OUTCOME_CANCELLED, "closed before all that was written was sent"),
	    "write the whole value again");

	filesystem_refuse(file->filesystem, "close", &file->node, NULL, &unsent);
	keep_failure(file, &unsent);
}

void value_file_close(struct value_file *file)
{
	struct outcome nothing =
	    outcome_make(OUTCOME_BAD_VALUE, "closed without a value: nothing was changed");

	if (!file)
		return;
	if (file->must_write && !file->written)
		filesystem_refuse(file->filesystem, "close", &file->node, NULL, &nothing);
	if (value_file_is_dirty(file))
		tell_unsent(file);
	file->closed = true;
	if (!file->sending)
		free_file(file);
}

void value_file_free_all(struct environment_state *environment)
{
	while (environment->files)
		free_file(environment->files);
}

static bool is_of(const struct value_file *file, enum node_kind kind, const char *name)
{
	return file->node.kind == kind && !strcmp(file->name, name);
}

bool value_file_is_open(const struct environment_state *environment, enum node_kind kind,
			const char *name)
{
	for (const struct value_file *file = environment->files; file; file = file->next)
		if (is_of(file, kind, name))
			return true;
	return false;
}

int64_t value_file_length(const struct environment_state *environment, enum node_kind kind,
			  const char *name)
{
	for (const struct value_file *file = environment->files; file; file = file->next)
		if (file->value && file->append && is_of(file, kind, name))
			return (int64_t)value_length(file->value);
	return -1;
}

size_t value_file_placeholder(const char *name, char line[static 320])
{
	return (size_t)snprintf(line, 320, PLACEHOLDER_PREFIX "%s\n", name);
}

bool value_file_is_dirty(const struct value_file *file)
{
	return file->value && value_length(file->value) > file->sent;
}

static void wipe(struct value_file *file)
{
	value_truncate(file->value, 0);
	file->sent = 0;
}

/* Keyed, so that it says nothing to whoever finds it; the key is the mount's. */
static void digest(const struct value_file *file, const char *bytes, size_t length,
		   unsigned char sum[static crypto_generichash_BYTES])
{
	crypto_generichash(sum, crypto_generichash_BYTES, (const unsigned char *)bytes, length,
			   file->filesystem->digest_key, sizeof(file->filesystem->digest_key));
}

/*
 * Nothing more is taken, and what is there is wiped. taken: some of it came by writes that have
 * succeeded, so that whoever else has the file open has to hear of it from his flush.
 */
static void die(struct value_file *file, bool taken, pid_t told, const struct outcome *outcome)
{
	file->death = *outcome;
	if (taken) {
		file->dropped = true;
		file->told = told;
		keep_failure(file, outcome);
	}
	wipe(file);
}

/*
 * Nothing stays dirty after a failure, and nothing else may follow it: in `{ echo a; echo b; } > S`
 * the second echo must not store its line alone because the first one failed. Only a program that
 * repeats its write of the whole value is let through.
 */
static void give_up(struct value_file *file, size_t write_length, const struct outcome *outcome)
{
	size_t length = value_length(file->value);

	file->may_repeat = write_length > 0 && write_length == length;
	if (file->may_repeat)
		digest(file, value_bytes(file->value), length, file->repeat);
	die(file, write_length == 0 || write_length < length, file->committer, outcome);
}

static bool is_repeated(const struct value_file *file, const char *bytes, size_t length)
{
	unsigned char sum[crypto_generichash_BYTES];

	if (!file->may_repeat)
		return false;
	digest(file, bytes, length, sum);
	return sodium_memcmp(sum, file->repeat, sizeof(sum)) == 0;
}

/* Those to whom no byte matters that came after the first `covered` ones. */
static struct waiter *take_waiters(struct value_file *file, uint64_t covered)
{
	struct waiter *taken = NULL, **place = &file->waiters;

	while (*place) {
		struct waiter *waiter = *place;

		if (waiter->taken > covered) {
			place = &waiter->next;
			continue;
		}
		*place = waiter->next;
		waiter->next = taken;
		taken = waiter;
	}
	return taken;
}

static void answer_waiters(struct value_file *file, uint64_t covered, const struct outcome *outcome)
{
	struct waiter *waiters = take_waiters(file, covered);

	while (waiters) {
		struct waiter *waiter = waiters;

		waiters = waiter->next;
		waiter->done(waiter->context, outcome);
		free(waiter);
	}
}

static void commit_again(struct value_file *file);

static void committed(void *context, const struct outcome *outcome)
{
	struct value_file *file = context;
	bool by_flush = file->write_length == 0;
	uint64_t covered = outcome->kind == OUTCOME_OK ? file->covered : UINT64_MAX;

	if (outcome->kind == OUTCOME_OK) {
		file->committed = true;
		digest(file, value_bytes(file->sending), value_length(file->sending), file->stored);
	} else {
		give_up(file, file->write_length, outcome);
	}
	file->sink->ended(file->filesystem, &file->node, file->name, false, outcome);
	value_free(file->sending);
	file->sending = NULL;
	if (by_flush || outcome->kind == OUTCOME_OK)
		keep_failure(file, outcome);
	answer_waiters(file, covered, outcome);
	if (file->closed)
		free_file(file);
	else if (file->waiters)
		commit_again(file);
}

static bool wait(struct value_file *file, secrets_done *done, void *context)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return false;
	*waiter = (struct waiter){.next = file->waiters,
				  .taken = file->taken,
				  .caller = file->opener.pid,
				  .done = done,
				  .context = context};
	file->waiters = waiter;
	return true;
}

static struct outcome prepare_commit(struct value_file *file)
{
	size_t stored = 0;
	struct outcome outcome =
	    file->sink->check(file->filesystem, file->name, value_bytes(file->value),
			      value_length(file->value), &stored);

	if (outcome.kind != OUTCOME_OK)
		/* cppcheck-suppress returnDanglingLifetime; an outcome points to nothing */
		return outcome;
	file->sending = value_new(file->filesystem->arena, VALUE_CEILING);
	if (!file->sending || !value_append(file->sending, value_bytes(file->value), stored)) {
		value_free(file->sending);
		file->sending = NULL;
		return outcome_make(OUTCOME_NO_MEMORY, "no locked memory for a value");
	}
	return outcome;
}

/* A newline that came after its line changes nothing of what is stored. */
static bool is_stored(const struct value_file *file)
{
	unsigned char sum[crypto_generichash_BYTES];

	if (!file->committed)
		return false;
	digest(file, value_bytes(file->sending), value_length(file->sending), sum);
	return sodium_memcmp(sum, file->stored, sizeof(sum)) == 0;
}

/*
 * Begins to send the value for those who wait, unless the server has it already or it is refused
 * here: then they are answered. write_length: of the write that it is for, 0 for a flush's.
 */
static void send_value(struct value_file *file, size_t write_length)
{
	struct outcome outcome = prepare_commit(file);
	bool is_news = outcome.kind == OUTCOME_OK && !is_stored(file);

	file->write_length = write_length;
	file->sent = value_length(file->value);
	file->covered = file->taken;
	if (is_news) {
		change_set(file->filesystem, &file->node, file->name, file->sending, file->sent,
			   &file->opener, committed, file);
		return;
	}
	value_free(file->sending);
	file->sending = NULL;
	if (outcome.kind != OUTCOME_OK)
		give_up(file, write_length, &outcome);
	answer_waiters(file, UINT64_MAX, &outcome);
}

static void commit(struct value_file *file, size_t write_length, secrets_done *done, void *context)
{
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

	file->committer = file->opener.pid;
	if (wait(file, done, context)) {
		send_value(file, write_length);
		return;
	}
	give_up(file, write_length, &outcome);
	done(context, &outcome);
}

static struct outcome why_dropped(const struct value_file *file)
{
	return outcome_advise(outcome_make(file->death.kind,
					   "what was written before is not stored: %.300s",
					   file->death.message),
			      "write the whole value again");
}

/* For those who flushed what came while the last commit was on its way. */
static void commit_again(struct value_file *file)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (!value_file_is_dirty(file)) {
		if (file->dropped)
			outcome = why_dropped(file);
		answer_waiters(file, UINT64_MAX, &outcome);
		return;
	}
	file->committer = file->opener.pid = file->waiters->caller;
	send_value(file, 0);
}

static struct outcome take_bytes(struct value_file *file, const char *bytes, size_t length,
				 int64_t offset)
{
	size_t before = value_length(file->value);

	if (offset != (int64_t)before)
		return outcome_make(OUTCOME_BAD_VALUE,
				    "written out of order: it is written from its beginning to its "
				    "end");
	if (length > VALUE_CEILING - before)
		return outcome_make(OUTCOME_TOO_LARGE, "the value is over %zu bytes long",
				    VALUE_CEILING);
	if (!value_append(file->value, bytes, length))
		return outcome_make(OUTCOME_NO_MEMORY, "no locked memory for a value");
	file->taken += length;
	return file->sink->problem_so_far(value_bytes(file->value), value_length(file->value));
}

static bool sends_in_write(const struct value_file *file)
{
	size_t length = value_length(file->value);

	/* The kernel cuts long writes at its own limit, and that is no end of a value. */
	if (length > PIECE_MAX && value_bytes(file->value)[length - 1] != '\n')
		return false;
	return !file->filesystem->options->commit_at_close &&
	       !file->environment->config->commit_at_close && !file->committed && !file->sending &&
	       file->sink->is_whole(value_bytes(file->value), value_length(file->value));
}

void value_file_write(struct value_file *file, const char *bytes, size_t length, int64_t offset,
		      secrets_done *done, void *context)
{
	struct outcome outcome;
	bool taken = value_file_is_dirty(file);

	if (is_repeated(file, bytes, length))
		file->death = (struct outcome){.kind = OUTCOME_OK};
	file->may_repeat = false;
	outcome = file->death;
	if (outcome.kind != OUTCOME_OK) {
		done(context, &outcome);
		return;
	}
	file->written = true;
	outcome = take_bytes(file, bytes, length, offset);
	if (outcome.kind != OUTCOME_OK) {
		die(file, taken, file->opener.pid, &outcome);
		done(context, &outcome);
	} else if (sends_in_write(file)) {
		commit(file, length, done, context);
	} else {
		done(context, &outcome);
	}
}

static bool has_to_hear(const struct value_file *file)
{
	return file->dropped && file->told != file->opener.pid;
}

void value_file_flush(struct value_file *file, secrets_done *done, void *context)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (has_to_hear(file)) {
		outcome = why_dropped(file);
	} else if (file->sending) {
		if (wait(file, done, context))
			return;
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory to wait for a commit");
	} else if (value_file_is_dirty(file)) {
		commit(file, 0, done, context);
		return;
	} else if (file->must_write && !file->written) {
		outcome = outcome_make(OUTCOME_BAD_VALUE, "%s", "");
	}
	done(context, &outcome);
}

void value_file_sync(struct value_file *file, secrets_done *done, void *context)
{
	const struct outcome *failure =
	    filesystem_failure(file->environment, file->node.kind, file->name);
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (file->sending || has_to_hear(file) || value_file_is_dirty(file)) {
		value_file_flush(file, done, context);
		return;
	}
	if (failure)
		outcome = *failure;
	done(context, &outcome);
}

static void drop_waiter(struct value_file *file, const void *context)
{
	struct waiter **place = &file->waiters, *waiter;

	while (*place && (*place)->context != context)
		place = &(*place)->next;
	waiter = *place;
	if (!waiter)
		return;
	*place = waiter->next;
	free(waiter);
}

bool value_file_cancel(struct value_file *file, pid_t caller, const void *context)
{
	struct outcome outcome = outcome_make(OUTCOME_CANCELLED, "the write was interrupted");
	size_t length = value_length(file->value);
	bool on_its_way = false;

	die(file, file->sending ? length > file->write_length : length > file->sent, caller,
	    &outcome);
	drop_waiter(file, context);
	if (!file->sending)
		return false;
	on_its_way = change_cancel(file->filesystem, &file->node, file);
	value_free(file->sending);
	file->sending = NULL;
	answer_waiters(file, UINT64_MAX, &outcome);
	if (file->closed)
		free_file(file);
	return on_its_way;
}

bool value_file_truncate(struct value_file *file, int64_t length)
{
	if (length != 0)
		return file->value && length == (int64_t)value_length(file->value);
	if (file->value) {
		wipe(file);
		file->must_write = true;
		file->written = false;
	}
	return true;
}
