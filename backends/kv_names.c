/* SPDX-License-Identifier: MIT */
#include "kv_parts.h"
#include "kv_reply.h"
#include <stdlib.h>
#include <string.h>

#define PAGE 1000

/* An account has 1,000 namespaces at most; a server that goes on and on is not followed. */
#define PAGES_MAX 20

/* Milliseconds for which the account's list is believed. */
#define FRESH 60000

/* Of an id: what can stand in an address. */
#define ID_MAX 64

struct kv_names {
	json_t *titles; /* from id to title; NULL: never listed whole */
	int64_t fresh_until;
	json_t *found;	  /* from title to id, of those that somebody asked for */
	json_t *incoming; /* of the listing that runs */
	unsigned page;
	struct http_call *http;
	struct kv_call *waiting;
};

static void ask_page(struct kv *kv);

static struct kv_names *names_of(struct kv *kv)
{
	struct kv_names *names = kv->names;

	if (names)
		return names;
	names = calloc(1, sizeof(*names));
	if (!names)
		return NULL;
	names->found = json_object();
	if (!names->found) {
		free(names);
		return NULL;
	}
	kv->names = names;
	return names;
}

static void stop_listing(struct kv_names *names)
{
	if (names->http)
		http_cancel(names->http);
	names->http = NULL;
	json_decref(names->incoming);
	names->incoming = NULL;
}

void kv_names_free(struct kv *kv)
{
	if (!kv->names)
		return;
	stop_listing(kv->names);
	json_decref(kv->names->titles);
	json_decref(kv->names->found);
	free(kv->names);
	kv->names = NULL;
}

/* ---- answers ---- */

/* The id that only that title has, borrowed; NULL with the reason where there is none. */
static const char *look_up(const struct kv_names *names, const char *title, struct outcome *failure)
{
	unsigned matches = 0;
	const char *each, *id = NULL;
	json_t *name;

	json_object_foreach(names->titles, each, name)
	{
		if (json_string_length(name) != strlen(title) ||
		    strcmp(json_string_value(name), title) != 0)
			continue;
		id = each;
		matches++;
	}
	if (matches == 1)
		return id;
	if (matches == 0)
		*failure = outcome_make(OUTCOME_NOT_FOUND,
					"Workers KV: the account has no namespace `%s'", title);
	else
		*failure = outcome_advise(
		    outcome_make(OUTCOME_AMBIGUOUS, "Workers KV: %u namespaces have the title `%s'",
				 matches, title),
		    "name the right one's id in the configuration");
	return NULL;
}

/* What is known of a title; the id is kept in the call. */
static struct outcome resolve(struct kv_call *call)
{
	struct kv_names *names = call->kv->names;
	const char *id = json_string_value(json_object_get(names->found, call->text));
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (!id)
		id = look_up(names, call->text, &outcome);
	if (!id)
		return outcome;
	call->id = strdup(id);
	/* One that cannot be kept is only asked for again. */
	(void)json_object_set_new(names->found, call->text, json_string(id));
	return call->id ? outcome : outcome_make(OUTCOME_NO_MEMORY, "no memory for a namespace");
}

static void tell_found(struct kv_call *call, const struct outcome *outcome)
{
	call->came.id(call->context, outcome, outcome->kind == OUTCOME_OK ? call->id : NULL);
}

static const struct kv_kind found_kind = {.tell = tell_found};

void kv_names_leave(struct kv_call *call)
{
	struct kv_call **place = call->kv->names ? &call->kv->names->waiting : NULL;

	if (call->kind != &found_kind || !place)
		return;
	while (*place && *place != call)
		place = &(*place)->after;
	if (*place)
		*place = call->after;
	call->after = NULL;
}

/* Everybody who waited is told from the loop, so that nobody can disturb the others' turn. */
static void end_listing(struct kv *kv, const struct outcome *outcome)
{
	struct kv_names *names = kv->names;

	stop_listing(names);
	while (names->waiting) {
		struct kv_call *call = names->waiting;
		struct outcome told = outcome->kind == OUTCOME_OK ? resolve(call) : *outcome;

		kv_names_leave(call);
		kv_call_end_soon(call, &told);
	}
}

/* ---- the account's list ---- */

static bool is_id(const char *id)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";

	return *id && strlen(id) <= ID_MAX && strspn(id, allowed) == strlen(id);
}

/* Whether anything new was on the page: a server that knows no pages sends the same ever again. */
static struct outcome add_page(struct kv_names *names, json_t *result, bool *has_new)
{
	size_t i;
	json_t *item;

	*has_new = false;
	if (!json_is_array(result))
		return outcome_make(OUTCOME_BAD_REPLY, "the list of namespaces is not an array");
	json_array_foreach(result, i, item)
	{
		const char *id = json_string_value(json_object_get(item, "id"));
		json_t *title = json_object_get(item, "title");

		if (!id || !is_id(id) || !json_is_string(title))
			return outcome_make(OUTCOME_BAD_REPLY,
					    "a listed namespace has no id or no title");
		*has_new |= !json_object_get(names->incoming, id);
		if (json_object_set(names->incoming, id, title) != 0)
			return outcome_make(OUTCOME_NO_MEMORY, "no memory for a list");
	}
	return (struct outcome){.kind = OUTCOME_OK};
}

static bool is_last_page(const struct kv_names *names, json_t *information, bool has_new)
{
	json_t *total = json_object_get(information, "total_count");

	if (!has_new)
		return true;
	return json_is_integer(total) &&
	       (json_int_t)json_object_size(names->incoming) >= json_integer_value(total);
}

static void keep_list(struct kv_names *names)
{
	json_decref(names->titles);
	names->titles = names->incoming;
	names->incoming = NULL;
	names->fresh_until = loop_now() + FRESH;
}

/* A title that is not in the list says something of the account; no list at all, that it is not
 * there. */
static struct outcome without_account(const struct outcome *outcome)
{
	struct outcome none = *outcome;

	none.kind = OUTCOME_SCRIPT_NOT_FOUND;
	return outcome_advise(none, "check account_id and the address of the API");
}

static void page_answered(void *context, const struct http_reply *reply)
{
	struct kv *kv = context;
	struct kv_names *names = kv->names;
	json_t *envelope;
	struct outcome outcome = kv_outcome(reply, &envelope);
	bool has_new = false, last = true;

	names->http = NULL;
	if (outcome.kind == OUTCOME_OK)
		outcome = add_page(names, json_object_get(envelope, "result"), &has_new);
	if (outcome.kind == OUTCOME_OK)
		last = is_last_page(names, json_object_get(envelope, "result_info"), has_new);
	json_decref(envelope);
	if (outcome.kind == OUTCOME_OK && !last && names->page >= PAGES_MAX)
		outcome = outcome_make(OUTCOME_BAD_REPLY, "the list of namespaces does not end");
	outcome.http_status = reply->status;
	outcome_name_request(&outcome, reply->request_id);
	if (outcome.kind == OUTCOME_NOT_FOUND)
		outcome = without_account(&outcome);
	kv_name_outcome(kv, &outcome);
	if (outcome.kind == OUTCOME_OK && !last) {
		ask_page(kv);
		return;
	}
	if (outcome.kind == OUTCOME_OK)
		keep_list(names);
	end_listing(kv, &outcome);
}

static void ask_page(struct kv *kv)
{
	struct kv_names *names = kv->names;
	struct http_request request = {.method = "GET", .repeatable = true};
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");
	char path[200];

	snprintf(path, sizeof(path), "/accounts/%s/storage/kv/namespaces?page=%u&per_page=%d",
		 kv->account_id, ++names->page, PAGE);
	request.path = path;
	names->http = http_send(kv->api, &request, page_answered, kv);
	if (!names->http)
		end_listing(kv, &outcome);
}

static void start_listing(struct kv *kv)
{
	struct kv_names *names = kv->names;
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a list");

	names->page = 0;
	names->incoming = json_object();
	if (names->incoming)
		ask_page(kv);
	else
		end_listing(kv, &outcome);
}

static bool is_known(const struct kv_names *names, const char *title)
{
	return json_object_get(names->found, title) ||
	       (names->titles && loop_now() < names->fresh_until);
}

static void begin(struct kv_call *call)
{
	struct kv_names *names = call->kv->names;
	struct outcome outcome;

	if (is_known(names, call->text)) {
		outcome = resolve(call);
		kv_call_end_soon(call, &outcome);
		return;
	}
	call->after = names->waiting;
	names->waiting = call;
	if (!names->incoming)
		start_listing(call->kv);
}

void kv_forget_namespaces(struct kv *kv)
{
	if (!kv->names)
		return;
	kv->names->fresh_until = 0;
	json_object_clear(kv->names->found);
}

struct kv_call *kv_find_namespace(struct kv *kv, const char *title, kv_found *found, void *context)
{
	struct kv_call *call = kv_call_new(kv, &found_kind, context);

	if (!call)
		return NULL;
	call->came.id = found;
	call->text = strdup(title);
	if (!call->text || !names_of(kv)) {
		kv_call_free(call);
		return NULL;
	}
	begin(call);
	return call;
}
