/* SPDX-License-Identifier: MIT */
#include "dotenv.h"
#include "dotenv_file.h"
#include "dotenv_text.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RETRY_MILLISECONDS 20
#define PATIENCE_MILLISECONDS 1000

/* The text and what an edit may add to it: every byte of a value escaped, its name, quotes. */
#define TEXT_CEILING (DOTENV_FILE_CEILING + 2 * VALUE_CEILING + 4096)

/* A change that waits for its turn, or for the lock. */
struct change {
	struct change *next;
	char *name;
	const struct value *value; /* NULL: unset */
	int64_t patience_ends;	   /* by loop_now(); 0: not tried yet */
	secrets_done *done;
	void *context;
};

struct dotenv {
	struct secrets secrets;
	struct loop *loop;
	struct arena *arena;
	char *path, *avoid;
	struct change *changes; /* the first asked for is first */
	struct loop_timer timer;
};

static struct dotenv *dotenv_of(struct secrets *secrets)
{
	return (struct dotenv *)secrets;
}

static struct outcome no_memory(const struct dotenv *dotenv)
{
	return outcome_make(OUTCOME_NO_MEMORY, "%s: no memory for the file's text", dotenv->path);
}

static struct outcome list_file(struct dotenv *dotenv, const char *file, struct secret_names *names)
{
	struct value *text = value_new(dotenv->arena, TEXT_CEILING);
	struct outcome outcome = no_memory(dotenv);
	struct dotenv_state state;

	if (!text)
		return outcome;
	outcome = dotenv_file_read(file, text, &state);
	if (outcome.kind == OUTCOME_OK && !dotenv_list(text, names))
		outcome = no_memory(dotenv);
	value_free(text);
	return outcome;
}

static void dotenv_backend_list(struct secrets *secrets, secrets_listed *listed, void *context)
{
	struct dotenv *dotenv = dotenv_of(secrets);
	struct secret_names *names = calloc(1, sizeof(*names));
	char *file = NULL;
	struct outcome outcome =
	    names ? dotenv_file_find(dotenv->path, dotenv->avoid, &file) : no_memory(dotenv);

	if (outcome.kind == OUTCOME_OK)
		outcome = list_file(dotenv, file, names);
	free(file);
	if (outcome.kind != OUTCOME_OK) {
		secret_names_free(names);
		names = NULL;
	}
	listed(context, &outcome, names);
}

/* True for what dotenv-expand, which wrangler runs over .env files, would not leave alone. */
static bool would_expand(const struct value *value)
{
	const char *bytes = value_bytes(value);

	for (size_t i = 0; i < value_length(value); i++) {
		char next = i + 1 < value_length(value) ? bytes[i + 1] : '\0';

		if (bytes[i] == '\\' && next == '$')
			return true;
		if (bytes[i] == '$' &&
		    (next == '{' || next == '_' || (next >= 'A' && next <= 'Z') ||
		     (next >= 'a' && next <= 'z')))
			return true;
	}
	return false;
}

static struct outcome check_expansion(const char *path, const struct change *change)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

	if (!change->value || strncmp(base, ".env", 4) != 0 || !would_expand(change->value))
		return (struct outcome){.kind = OUTCOME_OK};
	return outcome_advise(outcome_make(OUTCOME_BAD_VALUE,
					   "%s: wrangler would expand the $ in the value when it "
					   "reads %s",
					   change->name, base),
			      "Keep it in a .dev.vars file, where nothing is expanded.");
}

static struct outcome edit_text(const struct change *change, const struct value *text,
				struct value *out)
{
	if (change->value)
		return dotenv_set(text, change->name, change->value, out);
	return dotenv_unset(text, change->name, out);
}

static struct outcome edit_locked(struct dotenv *dotenv, const char *file,
				  const struct change *change)
{
	struct value *text = value_new(dotenv->arena, TEXT_CEILING);
	struct value *out = value_new(dotenv->arena, TEXT_CEILING);
	struct outcome outcome = no_memory(dotenv);
	struct dotenv_state state;

	if (text && out)
		outcome = dotenv_file_read(file, text, &state);
	if (outcome.kind == OUTCOME_OK)
		outcome = edit_text(change, text, out);
	if (outcome.kind == OUTCOME_OK)
		outcome = dotenv_file_write(file, out, &state);
	value_free(out);
	value_free(text);
	return outcome;
}

static struct outcome try_change(struct dotenv *dotenv, const struct change *change)
{
	struct outcome outcome = check_expansion(dotenv->path, change);
	char *file = NULL;
	int lock = -1;

	if (outcome.kind == OUTCOME_OK)
		outcome = dotenv_file_find(dotenv->path, dotenv->avoid, &file);
	if (outcome.kind == OUTCOME_OK)
		outcome = dotenv_file_directory(file);
	if (outcome.kind == OUTCOME_OK)
		outcome = dotenv_file_lock(file, &lock);
	if (outcome.kind == OUTCOME_OK)
		outcome = edit_locked(dotenv, file, change);
	if (lock >= 0)
		close(lock);
	free(file);
	return outcome;
}

static void free_change(struct change *change)
{
	free(change->name);
	free(change);
}

/*
 * Makes the first change. The next one waits for the timer, since the callback may ask for more
 * changes, or free the backend.
 */
static void run_first(void *context)
{
	struct dotenv *dotenv = context;
	struct change *change = dotenv->changes;
	struct outcome outcome = try_change(dotenv, change);

	if (!change->patience_ends)
		change->patience_ends = loop_now() + PATIENCE_MILLISECONDS;
	if (outcome.kind == OUTCOME_CONFLICT && loop_now() < change->patience_ends) {
		loop_timer_set(dotenv->loop, &dotenv->timer, RETRY_MILLISECONDS, run_first, dotenv);
		return;
	}
	dotenv->changes = change->next;
	if (dotenv->changes)
		loop_timer_set(dotenv->loop, &dotenv->timer, 0, run_first, dotenv);
	change->done(change->context, &outcome);
	free_change(change);
}

static void queue(struct dotenv *dotenv, const struct change *wanted, const char *name)
{
	struct change *change = malloc(sizeof(*change)), **place = &dotenv->changes;
	char *copy = strdup(name);

	if (!change || !copy) {
		struct outcome outcome = no_memory(dotenv);

		free(change);
		free(copy);
		wanted->done(wanted->context, &outcome);
		return;
	}
	*change = *wanted;
	change->name = copy;
	while (*place)
		place = &(*place)->next;
	*place = change;
	if (change == dotenv->changes)
		run_first(dotenv);
}

static void dotenv_backend_set(struct secrets *secrets, const char *name, const struct value *value,
			       secrets_done *done, void *context)
{
	struct change change = {.value = value, .done = done, .context = context};

	queue(dotenv_of(secrets), &change, name);
}

static void dotenv_backend_unset(struct secrets *secrets, const char *name, secrets_done *done,
				 void *context)
{
	struct change change = {.done = done, .context = context};

	queue(dotenv_of(secrets), &change, name);
}

/* A change that waits for the lock has done nothing yet. */
static bool dotenv_backend_cancel(struct secrets *secrets, const void *context)
{
	struct dotenv *dotenv = dotenv_of(secrets);
	struct change **place = &dotenv->changes, *change;

	while (*place && (*place)->context != context)
		place = &(*place)->next;
	change = *place;
	if (!change)
		return false;
	*place = change->next;
	free_change(change);
	loop_timer_stop(dotenv->loop, &dotenv->timer);
	if (dotenv->changes)
		loop_timer_set(dotenv->loop, &dotenv->timer, 0, run_first, dotenv);
	return false;
}

static struct outcome dotenv_backend_ready(struct secrets *secrets)
{
	char *file;
	struct outcome outcome =
	    dotenv_file_find(dotenv_of(secrets)->path, dotenv_of(secrets)->avoid, &file);

	if (outcome.kind == OUTCOME_OK)
		outcome = dotenv_file_directory(file);
	free(file);
	return outcome;
}

static unsigned dotenv_backend_scripts(const struct secrets *secrets)
{
	(void)secrets;
	return 1;
}

static const char *dotenv_backend_script(const struct secrets *secrets, unsigned index)
{
	(void)index;
	return ((const struct dotenv *)secrets)->path;
}

static void dotenv_backend_free(struct secrets *secrets)
{
	struct dotenv *dotenv = dotenv_of(secrets);

	loop_timer_stop(dotenv->loop, &dotenv->timer);
	while (dotenv->changes) {
		struct change *change = dotenv->changes;

		dotenv->changes = change->next;
		free_change(change);
	}
	free(dotenv->path);
	free(dotenv->avoid);
	free(dotenv);
}

static const struct secrets_ops dotenv_ops = {
    .local = true,
    .list = dotenv_backend_list,
    .set = dotenv_backend_set,
    .unset = dotenv_backend_unset,
    .cancel = dotenv_backend_cancel,
    .ready = dotenv_backend_ready,
    .scripts = dotenv_backend_scripts,
    .script = dotenv_backend_script,
    .free = dotenv_backend_free,
};

static void clear(const struct dotenv *dotenv)
{
	char *file;

	if (dotenv_file_find(dotenv->path, dotenv->avoid, &file).kind == OUTCOME_OK)
		dotenv_file_clear(file);
	free(file);
}

struct secrets *dotenv_new(struct loop *loop, struct arena *arena, const char *path,
			   const char *avoid)
{
	struct dotenv *dotenv = calloc(1, sizeof(*dotenv));

	if (!dotenv)
		return NULL;
	dotenv->secrets.ops = &dotenv_ops;
	dotenv->loop = loop;
	dotenv->arena = arena;
	dotenv->path = strdup(path);
	dotenv->avoid = avoid ? strdup(avoid) : NULL;
	if (!dotenv->path || (avoid && !dotenv->avoid)) {
		free(dotenv->path);
		free(dotenv->avoid);
		free(dotenv);
		return NULL;
	}
	clear(dotenv);
	return &dotenv->secrets;
}
