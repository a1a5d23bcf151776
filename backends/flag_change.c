/* SPDX-License-Identifier: MIT */
#include "flag_change.h"
#include "flag_layout.h"
#include "json_io.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- is it what the change was made from? ---- */

static struct outcome refuse_version(const struct flag_change *change, const struct flag *there)
{
	if (there->version > change->version)
		return outcome_advise(outcome_make(OUTCOME_CONFLICT,
						   "the flag `%s' is at version %" PRId64
						   " in KV, newer than version %" PRId64
						   ", which this was made from",
						   change->key, there->version, change->version),
				      "read the flag again, then repeat the change");
	return outcome_advise(
	    outcome_make(OUTCOME_CONFLICT,
			 "KV shows version %" PRId64
			 " of the flag `%s', older than version %" PRId64
			 ", which this was made from",
			 there->version, change->key, change->version),
	    "KV takes up to a minute to show what was written: wait, then repeat the change");
}

static struct outcome check_replaced(const struct flag_change *change, const struct flag *there)
{
	if (!there && (change->version > 0 || change->text))
		return outcome_advise(
		    outcome_make(OUTCOME_CONFLICT, "the flag `%s' is no longer in KV", change->key),
		    "list the flags again");
	if (there && change->version > 0 && there->version != change->version)
		return refuse_version(change, there);
	if (there && change->text && strcmp(there->text, change->text) != 0)
		return outcome_advise(
		    outcome_make(OUTCOME_CONFLICT,
				 "the flag `%s' in KV is newer than what this was made from",
				 change->key),
		    "read the flag again, then repeat the change");
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome check_there(const struct flag_change *change, const struct flag *there)
{
	if (change->action == FLAG_REPLACE)
		return check_replaced(change, there);
	if (change->action == FLAG_CREATE && there)
		return outcome_advise(
		    outcome_make(OUTCOME_NAME_TAKEN,
				 "there is a flag `%s' in KV already, its state is "
				 "`%s'",
				 change->key, there->state),
		    "list the flags again, then write to it");
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome check_value(const struct flag_change *change, const char *bytes,
				  size_t length, const char *kv_key)
{
	struct flag_set *set = calloc(1, sizeof(*set));
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for the flags");

	if (set && (!bytes || flag_set_add(set, kv_key, bytes, length)) && flag_set_sort(set))
		outcome = check_there(change, flag_set_find(set, change->key));
	flag_set_free(set);
	return outcome;
}

/* ---- making it ---- */

static const char *now_text(char *buffer, size_t size)
{
	struct timespec now;
	struct tm parts;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	used = strftime(buffer, size, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(buffer + used, size - used, ".%03dZ", (int)(now.tv_nsec / 1000000));
	return buffer;
}

/* What the control plane makes of a new flag of which the state alone is told. */
static json_t *new_boolean(const struct flag_change *change)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:{s:b, s:b}, s:[], s:{}}", "key", change->key,
			 "state", change->state, "type", "boolean", "defaultVariation", "off",
			 "variations", "on", 1, "off", 0, "rules", "rollout");
}

static bool is_nothing(const char *bytes, size_t length)
{
	struct flag_value value = flag_value_read(bytes, length);

	json_decref(value.root);
	return value.layout == FLAG_LAYOUT_NONE;
}

/* A value that is one flag already, and nothing else: what is put there is one flag too. */
static char *seed_of(const char *key)
{
	json_t *seed = json_pack("{s:s}", "key", key);
	char *text = seed ? json_write(seed, 0) : NULL;

	json_decref(seed);
	return text;
}

static struct outcome edit_value(const struct flag_change *change, const char *bytes, size_t length,
				 const char *kv_key, char **value, json_t **flag)
{
	bool is_default = change->action == FLAG_CREATE && !change->definition;
	json_t *definition = is_default ? new_boolean(change) : json_incref(change->definition);
	struct outcome outcome =
	    outcome_make(OUTCOME_NO_MEMORY, "no memory for the flag `%s'", change->key);
	char now[40];

	if (definition || change->state)
		outcome =
		    flag_edit(bytes, length, kv_key, change->key, definition ? NULL : change->state,
			      definition, now_text(now, sizeof(now)), value, flag);
	json_decref(definition);
	return outcome;
}

struct outcome flag_change_apply(const struct flag_change *change, const char *bytes, size_t length,
				 const char *kv_key, bool own_key, char **value, json_t **flag)
{
	struct outcome outcome = check_value(change, bytes, length, kv_key);
	char *seed;

	*value = NULL;
	*flag = NULL;
	if (outcome.kind != OUTCOME_OK)
		return outcome;
	if (!own_key || change->action == FLAG_SET_STATE || !is_nothing(bytes, length))
		return edit_value(change, bytes, length, kv_key, value, flag);
	seed = seed_of(change->key);
	if (!seed)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for the flag `%s'", change->key);
	outcome = edit_value(change, seed, strlen(seed), kv_key, value, flag);
	free(seed);
	return outcome;
}
