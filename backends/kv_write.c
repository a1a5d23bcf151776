/* SPDX-License-Identifier: MIT */
#include "json_io.h"
#include "kv_parts.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

/* What could not be read again is not written. */
#define VALUE_MAX HTTP_REPLY_CEILING

/*
 * The writes of one key, one after the other. It stays for the pause after the latest of them, and
 * goes when nobody waits then.
 */
struct kv_line {
	struct kv_line *next;
	struct kv *kv;
	char *name; /* namespace and key */
	struct kv_call *running, *waiting;
	struct loop_timer pause;
};

static void free_line(struct kv_line *line)
{
	struct kv_line **place = &line->kv->lines;

	while (*place != line)
		place = &(*place)->next;
	*place = line->next;
	loop_timer_stop(line->kv->loop, &line->pause);
	free(line->name);
	free(line);
}

void kv_lines_free(struct kv *kv)
{
	while (kv->lines)
		free_line(kv->lines);
}

static struct kv_line *new_line(struct kv *kv, const char *name)
{
	struct kv_line *line = calloc(1, sizeof(*line));

	if (!line)
		return NULL;
	line->kv = kv;
	line->name = strdup(name);
	if (!line->name) {
		free(line);
		return NULL;
	}
	line->next = kv->lines;
	kv->lines = line;
	return line;
}

static struct kv_line *line_of(struct kv *kv, const char *namespace_id, const char *key)
{
	struct kv_line *line = kv->lines;
	char name[KV_PATH_SIZE];

	snprintf(name, sizeof(name), "%s/%s", namespace_id, key);
	while (line && strcmp(line->name, name) != 0)
		line = line->next;
	return line ? line : new_line(kv, name);
}

static void start(struct kv_line *line)
{
	struct kv_call *call = line->waiting;

	line->waiting = call->after;
	line->running = call;
	call->after = NULL;
	kv_call_send(call, "PUT", call->path, call->text);
}

static void pause_is_over(void *context)
{
	struct kv_line *line = context;

	if (line->waiting)
		start(line);
	else
		free_line(line);
}

static void join(struct kv_line *line, struct kv_call *call)
{
	struct kv_call **last = &line->waiting;

	while (*last)
		last = &(*last)->after;
	*last = call;
	call->line = line;
	if (!line->running && !line->pause.running)
		start(line);
}

void kv_line_leave(struct kv_call *call)
{
	struct kv_line *line = call->line;
	struct kv_call **place;

	if (!line)
		return;
	call->line = NULL;
	if (line->running == call) {
		line->running = NULL;
		loop_timer_set(line->kv->loop, &line->pause, KV_WRITE_PAUSE * INT64_C(1000),
			       pause_is_over, line);
		return;
	}
	for (place = &line->waiting; *place != call;)
		place = &(*place)->after;
	*place = call->after;
	call->after = NULL;
}

/* ---- one write ---- */

/* A bulk write may have success and yet have failed for its pair. */
static struct outcome read_written(struct kv_call *call, json_t *result, json_t *information)
{
	json_t *written = json_object_get(result, "successful_key_count");
	bool none_written = json_is_number(written) && json_number_value(written) < 1;

	(void)call;
	(void)information;
	if (none_written || json_array_size(json_object_get(result, "unsuccessful_keys")) > 0)
		return outcome_advise(
		    outcome_make(OUTCOME_SERVER_ERROR, "the server did not store the key"),
		    "write again");
	return (struct outcome){.kind = OUTCOME_OK};
}

static void tell_written(struct kv_call *call, const struct outcome *outcome)
{
	call->came.written(call->context, outcome);
}

static const struct kv_kind written_kind = {
    .verdict = true, .read = read_written, .tell = tell_written};

static char *pair_text(const char *key, json_t *value, json_t *metadata, int64_t expiration)
{
	json_t *pair = json_pack("{s:s, s:O}", "key", key, "value", value);
	json_t *pairs = json_pack("[o]", pair);
	char *text = NULL;

	if (pairs && (!metadata || json_object_set(pair, "metadata", metadata) == 0) &&
	    (expiration <= 0 ||
	     json_object_set_new(pair, "expiration", json_integer(expiration)) == 0))
		text = json_write(pairs, JSON_COMPACT);
	json_decref(pairs);
	return text;
}

static struct outcome check(const char *key, const char *text, json_t *value)
{
	if (strlen(text) > VALUE_MAX)
		return outcome_make(OUTCOME_TOO_LARGE,
				    "the value is larger than %zu bytes, the most that is read",
				    VALUE_MAX);
	if (!text_is_utf8(text, strlen(text)))
		return outcome_make(OUTCOME_BAD_VALUE, "the value is not UTF-8");
	if (!value)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for a value");
	return kv_check_key(key);
}

/* False where memory is short. */
static bool enter(struct kv_call *call, const char *namespace_id, const char *key)
{
	struct kv_line *line;
	char path[KV_PATH_SIZE];

	if (!kv_path(call->kv, namespace_id, "/bulk", path, sizeof(path)))
		return false;
	call->path = strdup(path);
	line = call->path && call->text ? line_of(call->kv, namespace_id, key) : NULL;
	if (line)
		join(line, call);
	return line != NULL;
}

struct kv_call *kv_put(struct kv *kv, const char *namespace_id, const char *key, const char *value,
		       json_t *metadata, int64_t expiration, kv_written *written, void *context)
{
	struct kv_call *call = kv_call_new(kv, &written_kind, context);
	json_t *text = json_string(value);
	struct outcome outcome = check(key, value, text);

	if (call && outcome.kind != OUTCOME_OK) {
		call->came.written = written;
		kv_call_end_soon(call, &outcome);
	} else if (call) {
		call->came.written = written;
		call->text = pair_text(key, text, metadata, expiration);
		if (!enter(call, namespace_id, key)) {
			kv_call_free(call);
			call = NULL;
		}
	}
	json_decref(text);
	return call;
}
