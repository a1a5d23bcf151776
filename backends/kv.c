/* SPDX-License-Identifier: MIT */
#include "kv.h"
#include "json_io.h"
#include "kv_parts.h"
#include "kv_reply.h"
#include "text.h"
#include "token_search.h"
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 512
#define DIGITS_MAX 20

/* Of what the server says, in bytes. */
#define MESSAGE_MAX 300

struct kv *kv_new(struct http_api *api, struct loop *loop, const char *account_id)
{
	struct kv *kv = calloc(1, sizeof(*kv));

	if (!kv)
		return NULL;
	*kv = (struct kv){.api = api, .loop = loop, .account_id = strdup(account_id)};
	if (kv->account_id)
		return kv;
	free(kv);
	return NULL;
}

void kv_free(struct kv *kv)
{
	struct kv_call *next;

	if (!kv)
		return;
	for (struct kv_call *call = kv->calls; call; call = next) {
		next = call->next;
		kv_call_free(call);
	}
	kv_lines_free(kv);
	kv_names_free(kv);
	free(kv->account_id);
	free(kv);
}

struct outcome kv_ready(const struct kv *kv)
{
	return http_api_ready(kv->api);
}

/* ---- calls ---- */

struct kv_call *kv_call_new(struct kv *kv, const struct kv_kind *kind, void *context)
{
	struct kv_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->kv = kv;
	call->kind = kind;
	call->context = context;
	call->previous = &kv->calls;
	call->next = kv->calls;
	if (call->next)
		call->next->previous = &call->next;
	kv->calls = call;
	return call;
}

/* Nobody meets it any more. */
static void take_out(struct kv_call *call)
{
	if (call->http)
		http_cancel(call->http);
	call->http = NULL;
	loop_timer_stop(call->kv->loop, &call->timer);
	kv_line_leave(call);
	kv_names_leave(call);
	if (call->previous)
		*call->previous = call->next;
	if (call->next)
		call->next->previous = call->previous;
	call->previous = NULL;
	call->next = NULL;
}

static void release(struct kv_call *call)
{
	json_decref(call->envelope);
	json_decref(call->asked);
	free(call->id);
	free(call->items);
	free(call->text);
	free(call->path);
	free(call);
}

void kv_call_free(struct kv_call *call)
{
	take_out(call);
	release(call);
}

/* Calls back and frees. The kv may be gone then. */
static void end_call(struct kv_call *call, const struct outcome *outcome)
{
	take_out(call);
	call->kind->tell(call, outcome);
	release(call);
}

static void end_now(void *context)
{
	struct kv_call *call = context;
	struct outcome outcome = call->outcome;

	end_call(call, &outcome);
}

void kv_call_end_soon(struct kv_call *call, const struct outcome *outcome)
{
	call->outcome = *outcome;
	loop_timer_set(call->kv->loop, &call->timer, 0, end_now, call);
}

bool kv_cancel(struct kv_call *call)
{
	bool on_its_way = call->http != NULL;

	kv_call_free(call);
	return on_its_way;
}

void kv_name_outcome(const struct kv *kv, struct outcome *outcome)
{
	if (outcome_is_unreachable(outcome->kind))
		return;
	http_api_examine(kv->api, outcome);
	if (outcome->kind == OUTCOME_OK)
		return;
	/* Less than was searched for the token: the beginning of one at the end is not shown. */
	outcome_prefix(outcome, MESSAGE_MAX, "Workers KV");
}

bool kv_finds_token(const struct kv *kv, const json_t *value)
{
	return token_is_in(kv->api, value);
}

static void answered(void *context, const struct http_reply *reply)
{
	struct kv_call *call = context;
	struct http_reply answer = *reply;
	struct outcome outcome = reply->outcome;

	if (call->kind->verdict)
		answer.api = NULL;
	call->http = NULL;
	call->answer = *reply;
	if (!call->kind->raw || outcome.kind != OUTCOME_OK || reply->status < 200 ||
	    reply->status > 299)
		outcome = kv_outcome(&answer, &call->envelope);
	else
		outcome = token_search(reply, NULL);
	if (outcome.kind == OUTCOME_OK && call->kind->read)
		outcome = call->kind->read(call, json_object_get(call->envelope, "result"),
					   json_object_get(call->envelope, "result_info"));
	outcome.http_status = reply->status;
	outcome_name_request(&outcome, reply->request_id);
	kv_name_outcome(call->kv, &outcome);
	end_call(call, &outcome);
}

void kv_call_send(struct kv_call *call, const char *method, const char *path, const char *body)
{
	struct http_request request = {.method = method,
				       .path = path,
				       .content_type = "application/json",
				       .text = body,
				       .repeatable = true};
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

	call->http = http_send(call->kv->api, &request, answered, call);
	if (!call->http)
		kv_call_end_soon(call, &outcome);
}

/* ---- paths and keys ---- */

bool kv_path(const struct kv *kv, const char *namespace_id, const char *below, char *path,
	     size_t size)
{
	snprintf(path, size, "/accounts/%s/storage/kv/namespaces/", kv->account_id);
	if (!http_encode(path, size, namespace_id) || strlen(path) + strlen(below) >= size)
		return false;
	strcat(path, below);
	return true;
}

struct outcome kv_check_key(const char *key)
{
	const char *advice = "a key has 1 to 512 bytes of UTF-8 and is neither `.' nor `..'";

	if (!*key || !strcmp(key, ".") || !strcmp(key, "..") || strlen(key) > KEY_MAX ||
	    !text_is_utf8(key, strlen(key)))
		return outcome_advise(outcome_make(OUTCOME_BAD_NAME, "Workers KV has no such keys"),
				      "%s", advice);
	return (struct outcome){.kind = OUTCOME_OK};
}

/* Asks for what `below` has for a key. */
static void send_for_key(struct kv_call *call, const char *namespace_id, const char *below,
			 const char *key)
{
	struct outcome outcome = kv_check_key(key);
	char path[KV_PATH_SIZE];

	if (outcome.kind == OUTCOME_OK &&
	    !(kv_path(call->kv, namespace_id, below, path, sizeof(path)) &&
	      http_encode(path, sizeof(path), key)))
		outcome = outcome_make(OUTCOME_BAD_NAME, "the key is too long for an address");
	if (outcome.kind == OUTCOME_OK)
		kv_call_send(call, "GET", path, NULL);
	else
		kv_call_end_soon(call, &outcome);
}

char *kv_last_digits(const char *key)
{
	static const char digits[] = "0123456789";
	const char *end = key + strlen(key), *start;

	while (end > key && !strchr(digits, end[-1]))
		end--;
	for (start = end; start > key && strchr(digits, start[-1]);)
		start--;
	if (start == end || end - start > DIGITS_MAX)
		return NULL;
	return strndup(start, (size_t)(end - start));
}

/* ---- keys ---- */

/* A name that holds a NUL cannot be told, and is passed over. */
static struct outcome read_key(struct kv_call *call, json_t *item)
{
	json_t *name = json_object_get(item, "name");
	json_t *metadata = json_object_get(item, "metadata");

	if (!json_is_string(name))
		return outcome_make(OUTCOME_BAD_REPLY, "a listed key has no name");
	if (strlen(json_string_value(name)) != json_string_length(name))
		return (struct outcome){.kind = OUTCOME_OK};
	call->items[call->item_count++] = (struct kv_key){
	    .name = json_string_value(name),
	    .expiration = json_integer_value(json_object_get(item, "expiration")),
	    .metadata = json_is_null(metadata) ? NULL : metadata,
	};
	return (struct outcome){.kind = OUTCOME_OK};
}

/* The cursor is empty, null or left out on the last page. */
static struct outcome read_cursor(struct kv_call *call, json_t *cursor)
{
	const char *text = json_string_value(cursor);

	if (!text || !*text)
		return (struct outcome){.kind = OUTCOME_OK};
	if (strlen(text) != json_string_length(cursor))
		return outcome_make(OUTCOME_BAD_REPLY, "the cursor of a listing holds a NUL");
	if (call->text && !strcmp(text, call->text))
		return outcome_make(OUTCOME_BAD_REPLY, "a listing repeats its cursor");
	call->cursor = text;
	return (struct outcome){.kind = OUTCOME_OK};
}

static struct outcome read_keys(struct kv_call *call, json_t *result, json_t *information)
{
	struct outcome outcome;
	size_t i;
	json_t *item;

	if (!json_is_array(result))
		return outcome_make(OUTCOME_BAD_REPLY, "the listing of keys is not an array");
	call->items = calloc(json_array_size(result) + 1, sizeof(*call->items));
	if (!call->items)
		return outcome_make(OUTCOME_NO_MEMORY, "no memory for a listing of keys");
	json_array_foreach(result, i, item)
	{
		outcome = read_key(call, item);
		if (outcome.kind != OUTCOME_OK)
			return outcome;
	}
	return read_cursor(call, json_object_get(information, "cursor"));
}

static void tell_keys(struct kv_call *call, const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_OK)
		call->came.keys(call->context, outcome, call->items, call->item_count,
				call->cursor);
	else
		call->came.keys(call->context, outcome, NULL, 0, NULL);
}

static const struct kv_kind keys_kind = {.read = read_keys, .tell = tell_keys};

static bool keys_path(const struct kv *kv, const char *namespace_id, const char *prefix,
		      const char *cursor, char *path, size_t size)
{
	if (!kv_path(kv, namespace_id, "/keys?limit=1000", path, size - 16))
		return false;
	if (prefix && *prefix && !http_encode(strcat(path, "&prefix="), size - 16, prefix))
		return false;
	return !cursor || http_encode(strcat(path, "&cursor="), size, cursor);
}

struct kv_call *kv_keys(struct kv *kv, const char *namespace_id, const char *prefix,
			const char *cursor, kv_keys_came *came, void *context)
{
	struct kv_call *call = kv_call_new(kv, &keys_kind, context);
	struct outcome over_long =
	    outcome_make(OUTCOME_BAD_REPLY, "Workers KV: the cursor of a listing is over-long");
	char path[KV_PATH_SIZE];

	if (!call)
		return NULL;
	call->came.keys = came;
	call->text = cursor ? strdup(cursor) : NULL;
	if (cursor && !call->text) {
		kv_call_free(call);
		return NULL;
	}
	if (keys_path(kv, namespace_id, prefix, cursor, path, sizeof(path)))
		kv_call_send(call, "GET", path, NULL);
	else
		kv_call_end_soon(call, &over_long);
	return call;
}

/* ---- values ---- */

static void tell_value(struct kv_call *call, const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_OK)
		call->came.value(call->context, outcome, call->answer.body, call->answer.length);
	else
		call->came.value(call->context, outcome, NULL, 0);
}

static const struct kv_kind value_kind = {.raw = true, .tell = tell_value};

struct kv_call *kv_get(struct kv *kv, const char *namespace_id, const char *key,
		       kv_value_came *came, void *context)
{
	struct kv_call *call = kv_call_new(kv, &value_kind, context);

	if (!call)
		return NULL;
	call->came.value = came;
	send_for_key(call, namespace_id, "/values/", key);
	return call;
}

/* ---- values in bulk ---- */

/* Texts and nulls, and every key that was asked for is in it afterwards. */
static struct outcome read_values(struct kv_call *call, json_t *result, json_t *information)
{
	json_t *values = json_object_get(result, "values"), *value, *key;
	const char *name;
	size_t i;

	(void)information;
	if (!json_is_object(values))
		return outcome_make(OUTCOME_BAD_REPLY, "the bulk read has no values");
	json_object_foreach(values, name, value)
	{
		if (!json_is_string(value) && !json_is_null(value))
			return outcome_make(OUTCOME_BAD_REPLY,
					    "a value of a bulk read is not a text");
	}
	json_array_foreach(call->asked, i, key)
	{
		name = json_string_value(key);
		if (!json_object_get(values, name) &&
		    json_object_set_new(values, name, json_null()) != 0)
			return outcome_make(OUTCOME_NO_MEMORY, "no memory for a bulk read");
	}
	return (struct outcome){.kind = OUTCOME_OK};
}

static void tell_values(struct kv_call *call, const struct outcome *outcome)
{
	json_t *result = json_object_get(call->envelope, "result");

	call->came.values(call->context, outcome,
			  outcome->kind == OUTCOME_OK ? json_object_get(result, "values") : NULL);
}

static const struct kv_kind values_kind = {.read = read_values, .tell = tell_values};

static json_t *list_of(const char *const *keys, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < count; i++) {
		if (json_array_append_new(list, json_string(keys[i])) == 0)
			continue;
		json_decref(list);
		list = NULL;
	}
	return list;
}

static char *bulk_body(json_t *keys)
{
	json_t *body = keys ? json_pack("{s:O, s:s}", "keys", keys, "type", "text") : NULL;
	char *text = body ? json_write(body, JSON_COMPACT) : NULL;

	json_decref(body);
	return text;
}

static struct outcome check_bulk(const char *const *keys, size_t count)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (count < 1 || count > KV_BULK_MAX)
		return outcome_make(OUTCOME_BAD_VALUE, "a bulk read takes 1 to %d keys",
				    KV_BULK_MAX);
	for (size_t i = 0; i < count && outcome.kind == OUTCOME_OK; i++)
		outcome = kv_check_key(keys[i]);
	return outcome;
}

struct kv_call *kv_bulk_get(struct kv *kv, const char *namespace_id, const char *const *keys,
			    size_t count, kv_values_came *came, void *context)
{
	struct outcome outcome = check_bulk(keys, count);
	struct kv_call *call = kv_call_new(kv, &values_kind, context);
	char path[KV_PATH_SIZE];

	if (!call)
		return NULL;
	call->came.values = came;
	if (outcome.kind != OUTCOME_OK) {
		kv_call_end_soon(call, &outcome);
		return call;
	}
	call->asked = list_of(keys, count);
	call->text = bulk_body(call->asked);
	if (!call->text || !kv_path(kv, namespace_id, "/bulk/get", path, sizeof(path))) {
		kv_call_free(call);
		return NULL;
	}
	kv_call_send(call, "POST", path, call->text);
	return call;
}
