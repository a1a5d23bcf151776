/* SPDX-License-Identifier: MIT */
#include "secret_file.h"
#include "commit.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Somebody who waits for the commit that runs. */
struct waiter {
	struct waiter *next;
	secrets_done *done;
	void *context;
};

/* A write that is longer may be only the first piece of one. */
#define PIECE_MAX 32768

struct secret_file {
	struct secret_file *next, **previous;
	struct filesystem *filesystem;
	struct environment_state *environment;
	struct node node;
	uid_t opener;
	struct value *value;   /* everything written on this handle, NULL if read-only */
	struct value *sending; /* what of it is stored, while a commit runs */
	size_t sent;	       /* how much of the value the last commit covered */
	size_t write_length;   /* of the write that the running commit is for; 0: a flush's */
	bool append, must_write, written, committed, closed;
	struct outcome death; /* why nothing more is taken, OUTCOME_OK while alive */
	bool may_repeat;      /* but for the bytes of this digest */
	unsigned char repeat[crypto_generichash_BYTES];
	unsigned char stored[crypto_generichash_BYTES]; /* digest of the last value sent */
	struct waiter *waiters;
};

struct secret_file *secret_file_open(struct filesystem *filesystem, const struct node *node,
				     uid_t opener, int flags, bool must_write)
{
	struct secret_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->filesystem = filesystem;
	file->environment = filesystem_environment(filesystem, node);
	file->node = *node;
	file->opener = opener;
	file->must_write = must_write;
	file->append = flags & O_APPEND;
	if ((flags & O_ACCMODE) != O_RDONLY) {
		file->value = value_new(filesystem->arena, VALUE_CEILING);
		if (!file->value) {
			free(file);
			return NULL;
		}
	}
	name_hold_again(filesystem->names, node->name);
	file->previous = &file->environment->files;
	file->next = file->environment->files;
	if (file->next)
		file->next->previous = &file->next;
	file->environment->files = file;
	return file;
}

uid_t secret_file_opener(const struct secret_file *file)
{
	return file->opener;
}

static void unlink_file(struct secret_file *file)
{
	*file->previous = file->next;
	if (file->next)
		file->next->previous = file->previous;
}

static void free_file(struct secret_file *file)
{
	unlink_file(file);
	name_release(file->filesystem->names, file->node.name, 1);
	value_free(file->value);
	value_free(file->sending);
	while (file->waiters) {
		struct waiter *waiter = file->waiters;

		file->waiters = waiter->next;
		free(waiter);
	}
	free(file);
}

void secret_file_close(struct secret_file *file)
{
	struct outcome nothing = outcome_make(
	    OUTCOME_BAD_VALUE, "closed without a value: an empty secret is never stored");

	if (!file)
		return;
	if (file->must_write && !file->written)
		filesystem_refuse(file->filesystem, "close", &file->node, NULL, &nothing);
	file->closed = true;
	if (!file->sending)
		free_file(file);
}

void secret_file_free_all(struct environment_state *environment)
{
	while (environment->files)
		free_file(environment->files);
}

bool secret_file_is_open(const struct environment_state *environment, const char *name)
{
	for (const struct secret_file *file = environment->files; file; file = file->next)
		if (!strcmp(name_text(file->filesystem->names, file->node.name), name))
			return true;
	return false;
}

int64_t secret_file_length(const struct environment_state *environment, const char *name)
{
	for (const struct secret_file *file = environment->files; file; file = file->next)
		if (file->value && file->append &&
		    !strcmp(name_text(file->filesystem->names, file->node.name), name))
			return (int64_t)value_length(file->value);
	return -1;
}

size_t secret_file_placeholder(const char *name, char line[static 320])
{
	return (size_t)snprintf(line, 320, PLACEHOLDER_PREFIX "%s\n", name);
}

bool secret_file_is_dirty(const struct secret_file *file)
{
	return file->value && value_length(file->value) > file->sent;
}

static void wipe(struct secret_file *file)
{
	value_truncate(file->value, 0);
	file->sent = 0;
}

/* Keyed, so that it says nothing to whoever finds it; the key is the mount's. */
static void digest(const struct secret_file *file, const char *bytes, size_t length,
		   unsigned char sum[static crypto_generichash_BYTES])
{
	crypto_generichash(sum, crypto_generichash_BYTES, (const unsigned char *)bytes, length,
			   file->filesystem->digest_key, sizeof(file->filesystem->digest_key));
}

/*
 * Nothing stays dirty after a failure, and nothing else may follow it: in `{ echo a; echo b; } > S`
 * the second echo must not store its line alone because the first one failed. Only a program that
 * repeats its write of the whole value is let through.
 */
static void give_up(struct secret_file *file, size_t write_length, const struct outcome *outcome)
{
	size_t length = value_length(file->value);

	file->death = *outcome;
	file->may_repeat = write_length > 0 && write_length == length;
	if (file->may_repeat)
		digest(file, value_bytes(file->value), length, file->repeat);
	wipe(file);
}

static bool is_repeated(const struct secret_file *file, const char *bytes, size_t length)
{
	unsigned char sum[crypto_generichash_BYTES];

	if (!file->may_repeat)
		return false;
	digest(file, bytes, length, sum);
	return sodium_memcmp(sum, file->repeat, sizeof(sum)) == 0;
}

static void answer_waiters(struct secret_file *file, const struct outcome *outcome)
{
	struct waiter *waiters = file->waiters;

	file->waiters = NULL;
	while (waiters) {
		struct waiter *waiter = waiters;

		waiters = waiter->next;
		waiter->done(waiter->context, outcome);
		free(waiter);
	}
}

static void committed(void *context, const struct outcome *outcome)
{
	struct secret_file *file = context;
	const char *name = name_text(file->filesystem->names, file->node.name);
	bool by_flush = file->write_length == 0;

	if (outcome->kind == OUTCOME_OK) {
		file->committed = true;
		digest(file, value_bytes(file->sending), value_length(file->sending), file->stored);
		listing_note(file->environment->listing, name, true);
	} else {
		filesystem_doubt(file->environment, outcome);
		give_up(file, file->write_length, outcome);
	}
	value_free(file->sending);
	file->sending = NULL;
	if (by_flush || outcome->kind == OUTCOME_OK)
		filesystem_keep_failure(file->environment, name, outcome);
	answer_waiters(file, outcome);
	if (file->closed && !file->sending)
		free_file(file);
}

static bool wait(struct secret_file *file, secrets_done *done, void *context)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return false;
	*waiter = (struct waiter){.next = file->waiters, .done = done, .context = context};
	file->waiters = waiter;
	return true;
}

static struct outcome prepare_commit(struct secret_file *file)
{
	size_t stored = 0;
	struct outcome outcome = commit_outcome(value_bytes(file->value), value_length(file->value),
						file->filesystem->options->newline, &stored);

	if (outcome.kind != OUTCOME_OK)
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
static bool is_stored(const struct secret_file *file)
{
	unsigned char sum[crypto_generichash_BYTES];

	if (!file->committed)
		return false;
	digest(file, value_bytes(file->sending), value_length(file->sending), sum);
	return sodium_memcmp(sum, file->stored, sizeof(sum)) == 0;
}

/* write_length: of the write that the commit is for, 0 for a flush's. */
static void commit(struct secret_file *file, size_t write_length, secrets_done *done, void *context)
{
	struct outcome outcome;
	const char *name = name_text(file->filesystem->names, file->node.name);

	outcome = prepare_commit(file);
	if (outcome.kind == OUTCOME_OK && is_stored(file)) {
		value_free(file->sending);
		file->sending = NULL;
		file->sent = value_length(file->value);
		done(context, &outcome);
		return;
	}
	if (outcome.kind == OUTCOME_OK && !wait(file, done, context)) {
		value_free(file->sending);
		file->sending = NULL;
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");
	}
	if (outcome.kind != OUTCOME_OK) {
		give_up(file, write_length, &outcome);
		if (write_length == 0)
			filesystem_keep_failure(file->environment, name, &outcome);
		done(context, &outcome);
		return;
	}
	file->write_length = write_length;
	file->sent = value_length(file->value);
	file->environment->secrets->ops->set(file->environment->secrets, name, file->sending,
					     committed, file);
}

static struct outcome take_bytes(struct secret_file *file, const char *bytes, size_t length,
				 int64_t offset)
{
	size_t before = value_length(file->value);
	const char *problem;

	if (offset != (int64_t)before)
		return outcome_make(OUTCOME_BAD_VALUE,
				    "written out of order: a secret is written from its beginning "
				    "to its end");
	if (length > VALUE_CEILING - before)
		return outcome_make(OUTCOME_TOO_LARGE, "the value is over %zu bytes long",
				    VALUE_CEILING);
	if (!value_append(file->value, bytes, length))
		return outcome_make(OUTCOME_NO_MEMORY, "no locked memory for a value");
	problem = commit_problem_so_far(value_bytes(file->value), value_length(file->value));
	return commit_outcome_of(problem);
}

static bool sends_in_write(const struct secret_file *file)
{
	size_t length = value_length(file->value);

	/* The kernel cuts long writes at its own limit, and that is no end of a value. */
	if (length > PIECE_MAX && value_bytes(file->value)[length - 1] != '\n')
		return false;
	return !file->filesystem->options->commit_at_close &&
	       !file->environment->config->commit_at_close && !file->committed && !file->sending &&
	       commit_is_whole(value_bytes(file->value), value_length(file->value));
}

void secret_file_write(struct secret_file *file, const char *bytes, size_t length, int64_t offset,
		       secrets_done *done, void *context)
{
	struct outcome outcome;

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
		file->death = outcome;
		wipe(file);
		done(context, &outcome);
	} else if (sends_in_write(file)) {
		commit(file, length, done, context);
	} else {
		done(context, &outcome);
	}
}

void secret_file_flush(struct secret_file *file, secrets_done *done, void *context)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (file->sending) {
		if (wait(file, done, context))
			return;
		outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory to wait for a commit");
	} else if (secret_file_is_dirty(file)) {
		commit(file, 0, done, context);
		return;
	} else if (file->must_write && !file->written) {
		outcome = outcome_make(OUTCOME_BAD_VALUE, "%s", "");
	}
	done(context, &outcome);
}

void secret_file_sync(struct secret_file *file, secrets_done *done, void *context)
{
	const char *name = name_text(file->filesystem->names, file->node.name);
	const struct outcome *failure = filesystem_failure(file->environment, name);
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (file->sending || secret_file_is_dirty(file)) {
		secret_file_flush(file, done, context);
		return;
	}
	if (failure)
		outcome = *failure;
	done(context, &outcome);
}

static void drop_waiter(struct secret_file *file, const void *context)
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

bool secret_file_cancel(struct secret_file *file, const void *context)
{
	struct secrets *secrets = file->environment->secrets;
	bool on_its_way = false;

	file->death = outcome_make(OUTCOME_CANCELLED, "the write was interrupted");
	wipe(file);
	drop_waiter(file, context);
	if (!file->sending)
		return false;
	on_its_way = secrets->ops->cancel(secrets, file);
	value_free(file->sending);
	file->sending = NULL;
	answer_waiters(file, &file->death);
	if (file->closed)
		free_file(file);
	return on_its_way;
}

bool secret_file_truncate(struct secret_file *file, int64_t length)
{
	if (length != 0)
		return file->value && length == (int64_t)value_length(file->value);
	if (file->value && !file->sending) {
		wipe(file);
		file->must_write = true;
	}
	return true;
}
