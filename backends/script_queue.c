/* SPDX-License-Identifier: MIT */
#include "script_queue.h"
#include "cloudflare_reply.h"
#include "leak.h"
#include <stdlib.h>
#include <string.h>

/* wrangler's help and Cloudflare's documentation name 100 secrets a request. */
#define BATCH_MAX 100

/* An escaped byte takes up to six. */
#define BODY_MAX (6 * VALUE_CEILING + 4096)

/* A batch of a hundred secrets of 5 KB, which is Cloudflare's limit, with room for escapes. */
#define BATCH_BODY_MAX ((size_t)1024 * 1024)
#define BATCH_END "}}"

/* Of what the server says, in bytes. */
#define MESSAGE_MAX 300

struct script_queue {
	struct http_api *api;
	struct loop *loop;
	struct arena *arena;
	char *account_id, *name;
	int64_t limit;
	struct script_change *waiting; /* the first asked for is first */
	struct script_batch *running;
};

/* The changes that one request carries. */
struct script_batch {
	struct script_queue *queue;
	struct http_call *call;
	struct value *body;
	struct script_change *changes; /* those that still want to know */
	unsigned sent;		       /* how many it carried at first */
	bool ended;		       /* it is being told to them */
};

static void start(struct script_queue *queue);

struct script_queue *script_queue_new(struct http_api *api, struct loop *loop, struct arena *arena,
				      const char *account_id, const char *script, int64_t limit)
{
	struct script_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	*queue = (struct script_queue){.api = api,
				       .loop = loop,
				       .arena = arena,
				       .account_id = strdup(account_id),
				       .name = strdup(script),
				       .limit = limit};
	if (queue->account_id && queue->name)
		return queue;
	script_queue_free(queue);
	return NULL;
}

static void free_batch(struct script_batch *batch)
{
	if (batch->call)
		http_cancel(batch->call);
	value_free(batch->body);
	free(batch);
}

void script_queue_free(struct script_queue *queue)
{
	if (!queue)
		return;
	if (queue->running)
		free_batch(queue->running);
	free(queue->account_id);
	free(queue->name);
	free(queue);
}

const char *script_queue_name(const struct script_queue *queue)
{
	return queue->name;
}

bool script_queue_path(const struct script_queue *queue, const char *after, char *path, size_t size)
{
	snprintf(path, size, "/accounts/%s/workers/scripts/", queue->account_id);
	if (!http_encode(path, size, queue->name) || strlen(path) + strlen(after) >= size)
		return false;
	strcat(path, after);
	return true;
}

void script_queue_name_outcome(const struct script_queue *queue, struct outcome *outcome)
{
	if (outcome_is_unreachable(outcome->kind))
		return;
	http_api_examine(queue->api, outcome);
	if (outcome->kind == OUTCOME_OK)
		return;
	/* Less than was searched for secrets: the beginning of one at the end is not shown. */
	outcome_prefix(outcome, MESSAGE_MAX, queue->name);
}

/* ---- waiting and ending ---- */

static void append(struct script_change **list, struct script_change *change)
{
	while (*list)
		list = &(*list)->next;
	change->next = NULL;
	*list = change;
}

static void take_out(struct script_change **list, struct script_change *change)
{
	while (*list && *list != change)
		list = &(*list)->next;
	if (*list)
		*list = change->next;
	change->next = NULL;
}

static void end_change(struct script_change *change, const struct outcome *outcome)
{
	loop_timer_stop(change->queue->loop, &change->timer);
	change->queue = NULL;
	change->batch = NULL;
	change->changed(change->context, outcome);
}

static void waited_too_long(void *context)
{
	struct script_change *change = context;
	struct script_queue *queue = change->queue;
	struct outcome outcome = outcome_advise(
	    outcome_make(OUTCOME_QUEUE_FULL, "%s: other changes of the Worker took too long",
			 queue->name),
	    "write again, or mount with a longer -o queue");

	take_out(&queue->waiting, change);
	end_change(change, &outcome);
}

static void wait_for_turn(struct script_change *change)
{
	loop_timer_set(change->queue->loop, &change->timer, change->give_up_at - loop_now(),
		       waited_too_long, change);
}

/* What is withheld for one of them need not be searched for the others. */
static void withhold_values(const struct script_change *changes, struct outcome *outcome)
{
	for (; changes; changes = changes->next)
		if (changes->value && leak_withhold(outcome, changes->value))
			return;
}

/*
 * Everyone gets the outcome; each value is kept out of all texts, since a batch has them all. Who is
 * called may cancel others.
 */
static void end_batch(struct script_batch *batch, const struct outcome *outcome)
{
	struct script_queue *queue = batch->queue;
	struct outcome told = *outcome;

	withhold_values(batch->changes, &told);
	script_queue_name_outcome(queue, &told);
	batch->ended = true;
	queue->running = NULL;
	value_free(batch->body);
	batch->body = NULL;
	while (batch->changes) {
		struct script_change *change = batch->changes;

		take_out(&batch->changes, change);
		end_change(change, &told);
	}
	free_batch(batch);
	start(queue);
}

static void end_without_memory(struct script_batch *batch)
{
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

	end_batch(batch, &outcome);
}

/* They go again one by one, before whatever came after them. */
static void split(struct script_batch *batch)
{
	struct script_queue *queue = batch->queue;
	struct script_change **last = &batch->changes;

	for (; *last; last = &(*last)->next) {
		(*last)->singly = true;
		(*last)->batch = NULL;
		wait_for_turn(*last);
	}
	*last = queue->waiting;
	queue->waiting = batch->changes;
	batch->changes = NULL;
	queue->running = NULL;
	free_batch(batch);
	start(queue);
}

/* A verdict that another request for one of the names alone could change. */
static bool is_refusal_of_batch(const struct script_batch *batch, const struct outcome *outcome)
{
	return batch->sent > 1 && outcome->http_status != 0 && outcome->kind != OUTCOME_OK &&
	       outcome->kind != OUTCOME_RATE_LIMITED && outcome->kind != OUTCOME_SERVER_ERROR &&
	       outcome->kind != OUTCOME_TOKEN_REFUSED;
}

static void answered(void *context, const struct http_reply *reply)
{
	struct script_batch *batch = context;
	struct outcome outcome = cloudflare_outcome(reply, NULL);
	bool removal = batch->changes && !batch->changes->value;

	batch->call = NULL;
	/* The first of two deletions may have reached the server without its answer reaching us. */
	if (removal && reply->repeated && outcome.kind == OUTCOME_SECRET_NOT_FOUND)
		outcome = (struct outcome){.kind = OUTCOME_OK};
	if (is_refusal_of_batch(batch, &outcome))
		split(batch);
	else
		end_batch(batch, &outcome);
}

/* ---- sending ---- */

static bool append_text(struct value *body, const char *text)
{
	return value_append(body, text, strlen(text));
}

static bool append_secret(struct value *body, const struct script_change *change)
{
	return append_text(body, "{\"name\":\"") &&
	       value_append_json(body, change->name, strlen(change->name)) &&
	       append_text(body, "\",\"text\":\"") &&
	       value_append_json(body, value_bytes(change->value), value_length(change->value)) &&
	       append_text(body, "\",\"type\":\"secret_text\"}");
}

/* On false the body is as it was. */
static bool append_member(struct value *body, const struct script_change *change, bool first)
{
	size_t before = value_length(body);

	if (append_text(body, first ? "\"" : ",\"") &&
	    value_append_json(body, change->name, strlen(change->name)) &&
	    append_text(body, "\":") && append_secret(body, change) &&
	    value_length(body) + strlen(BATCH_END) <= BATCH_BODY_MAX)
		return true;
	value_truncate(body, before);
	return false;
}

static bool has_name(const struct script_change *changes, const char *name)
{
	while (changes && strcmp(changes->name, name) != 0)
		changes = changes->next;
	return changes != NULL;
}

static bool may_join(const struct script_batch *batch, const struct script_change *change)
{
	return change && change->value && !change->singly && batch->sent < BATCH_MAX &&
	       !has_name(batch->changes, change->name);
}

static void move_first(struct script_queue *queue, struct script_batch *batch)
{
	struct script_change *change = queue->waiting;

	queue->waiting = change->next;
	loop_timer_stop(queue->loop, &change->timer);
	change->batch = batch;
	append(&batch->changes, change);
	batch->sent++;
}

static bool send_request(struct script_batch *batch, const char *method, const char *path,
			 const char *type)
{
	struct http_request request = {.method = method,
				       .path = path,
				       .content_type = type,
				       .body = batch->body,
				       .repeatable = true};

	batch->call = http_send(batch->queue->api, &request, answered, batch);
	return batch->call != NULL;
}

/* wrangler always adds url_encoded, without which a slash in a name splits the path. */
static bool send_removal(struct script_batch *batch)
{
	char path[2400];

	return script_queue_path(batch->queue, "/secrets/", path, sizeof(path) - 32) &&
	       http_encode(path, sizeof(path) - 32, batch->changes->name) &&
	       send_request(batch, "DELETE", strcat(path, "?url_encoded=true"), NULL);
}

static bool send_one(struct script_batch *batch)
{
	char path[1200];

	batch->body = value_new(batch->queue->arena, BODY_MAX);
	return batch->body && append_secret(batch->body, batch->changes) &&
	       script_queue_path(batch->queue, "/secrets", path, sizeof(path)) &&
	       send_request(batch, "PUT", path, "application/json");
}

/* Takes along what waits, as long as there is room; JSON Merge Patch (RFC 7396). */
static bool send_many(struct script_batch *batch)
{
	struct script_queue *queue = batch->queue;
	char path[1200];

	batch->body = value_new(queue->arena, BATCH_BODY_MAX);
	if (!batch->body || !append_text(batch->body, "{\"secrets\":{") ||
	    !append_member(batch->body, batch->changes, true))
		return false;
	while (may_join(batch, queue->waiting) && append_member(batch->body, queue->waiting, false))
		move_first(queue, batch);
	return append_text(batch->body, BATCH_END) &&
	       script_queue_path(queue, "/secrets-bulk", path, sizeof(path)) &&
	       send_request(batch, "PATCH", path, "application/merge-patch+json");
}

static void start(struct script_queue *queue)
{
	struct script_batch *batch;
	bool many, sent;

	if (queue->running || !queue->waiting)
		return;
	batch = calloc(1, sizeof(*batch));
	if (!batch) {
		struct script_change *change = queue->waiting;
		struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

		queue->waiting = change->next;
		end_change(change, &outcome);
		start(queue);
		return;
	}
	batch->queue = queue;
	queue->running = batch;
	move_first(queue, batch);
	many = batch->changes->value && !batch->changes->singly && may_join(batch, queue->waiting);
	if (!batch->changes->value)
		sent = send_removal(batch);
	else
		sent = many ? send_many(batch) : send_one(batch);
	if (!sent)
		end_without_memory(batch);
}

void script_queue_add(struct script_queue *queue, struct script_change *change, const char *name,
		      const struct value *value, script_changed *changed, void *context)
{
	*change = (struct script_change){.queue = queue,
					 .name = name,
					 .value = value,
					 .give_up_at = loop_now() + queue->limit,
					 .changed = changed,
					 .context = context};
	append(&queue->waiting, change);
	if (queue->running)
		wait_for_turn(change);
	else
		start(queue);
}

/* True if that was the last one in its request, which is ended then. */
static bool leave(struct script_change *change)
{
	struct script_queue *queue = change->queue;
	struct script_batch *batch = change->batch;

	loop_timer_stop(queue->loop, &change->timer);
	change->queue = NULL;
	change->batch = NULL;
	take_out(batch ? &batch->changes : &queue->waiting, change);
	if (!batch || batch->changes || batch->ended)
		return false;
	queue->running = NULL;
	free_batch(batch);
	return true;
}

bool script_queue_cancel(struct script_change *change)
{
	struct script_queue *queue = change->queue;
	bool on_its_way = queue && change->batch;

	if (queue && leave(change))
		start(queue);
	return on_its_way;
}

void script_queue_drop(struct script_change *change)
{
	if (change->queue)
		(void)leave(change);
}
