/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "kv.h"
#include "routes.h"

#define PAGE_MAX 1000
#define LIMIT_MIN 10
#define TITLE_MAX 512

/* ---- namespaces ---- */

static json_t *summary(const char *id, json_t *namespace)
{
	return must(json_pack("{s:s, s:O, s:b}", "id", id, "title",
			      json_object_get(namespace, "title"), "supports_url_encoding", 1));
}

static json_t *namespaces(const struct call *call)
{
	return json_object_get(json_object_get(call->emulator->state.accounts, call->captures[0]),
			       "kv");
}

static void list_namespaces(struct call *call)
{
	const char *per_page = call_argument(call, "per_page"), *id;
	json_t *list, *namespace;

	if (per_page && (atoi(per_page) < 1 || atoi(per_page) > PAGE_MAX)) {
		answer_error(call, 400, 10029, "per_page must be from 1 to %d", PAGE_MAX);
		return;
	}
	list = must(json_array());
	json_object_foreach(namespaces(call), id, namespace)
	    json_array_append_new(list, summary(id, namespace));
	answer_page(call, list, 20);
}

/* A title that may be given, from the body, which the caller frees; or NULL with it answered. */
static const char *new_title(struct call *call, json_t *body)
{
	const char *title = json_string_value(json_object_get(body, "title"));

	if (!title || !*title)
		answer_error(call, 400, 10019, "missing namespace title");
	else if (strlen(title) > TITLE_MAX)
		answer_error(call, 400, 10029, "the title exceeds %d bytes", TITLE_MAX);
	else if (state_kv_titled(&call->emulator->state, call->captures[0], title))
		answer_error(call, 400, 10014,
			     "a namespace with this account ID and title already exists");
	else
		return title;
	return NULL;
}

static void create_namespace(struct call *call)
{
	json_t *body = json_loadb(call->body, call->length, 0, NULL), *namespace, *each;
	const char *title = new_title(call, body), *id;

	if (title) {
		namespace = state_kv_add(&call->emulator->state, call->captures[0], title);
		json_object_foreach(namespaces(call), id, each) if (each == namespace)
		    answer_result(call, 200, summary(id, namespace), NULL);
	}
	json_decref(body);
}

static void get_namespace(struct call *call)
{
	json_t *namespace = kv_namespace(call);

	if (namespace)
		answer_result(call, 200, summary(call->captures[1], namespace), NULL);
}

static void rename_namespace(struct call *call)
{
	json_t *namespace = kv_namespace(call), *body;
	const char *title;

	if (!namespace)
		return;
	body = json_loadb(call->body, call->length, 0, NULL);
	title = new_title(call, body);
	if (title) {
		json_object_set_new(namespace, "title", must(json_string(title)));
		answer_result(call, 200, summary(call->captures[1], namespace), NULL);
	}
	json_decref(body);
}

static void delete_namespace(struct call *call)
{
	if (!kv_namespace(call))
		return;
	json_object_del(namespaces(call), call->captures[1]);
	answer_result(call, 200, json_null(), NULL);
}

/* ---- keys ---- */

struct key {
	const char *name;
	json_t *pair;
};

/* A cursor is the latest key's bytes in hexadecimal. False if it is none. */
static bool read_cursor(const char *cursor, char *key, size_t size)
{
	size_t length = strlen(cursor);

	if (length % 2 || length / 2 >= size || strspn(cursor, "0123456789abcdef") != length)
		return false;
	for (size_t i = 0; i < length / 2; i++)
		key[i] = (char)strtol((char[]){cursor[2 * i], cursor[2 * i + 1], 0}, NULL, 16);
	key[length / 2] = '\0';
	return true;
}

static json_t *cursor_of(const char *key)
{
	char text[2 * 512 + 1] = "";

	for (size_t i = 0; key[i] && 2 * i + 2 < sizeof(text); i++)
		sprintf(text + 2 * i, "%02x", (unsigned char)key[i]);
	return must(json_string(text));
}

static int by_name(const void *one, const void *other)
{
	return strcmp(((const struct key *)one)->name, ((const struct key *)other)->name);
}

/* A hundred thousand generated keys are, and are listed in a hundred pages. */
static bool is_sorted(const struct key *keys, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (by_name(&keys[i - 1], &keys[i]) > 0)
			return false;
	return true;
}

/* The keys with that prefix after `after`, sorted; the caller frees them. */
static struct key *select_keys(json_t *namespace, const char *prefix, const char *after,
			       size_t *count)
{
	json_t *keys = json_object_get(namespace, "keys"), *pair;
	struct key *selected = must(calloc(json_object_size(keys) + 1, sizeof(*selected)));
	const char *name;

	*count = 0;
	json_object_foreach(keys, name, pair) if (strncmp(name, prefix, strlen(prefix)) == 0 &&
						  strcmp(name, after) > 0 && !kv_is_over(pair))
	    selected[(*count)++] = (struct key){name, pair};
	if (!is_sorted(selected, *count))
		qsort(selected, *count, sizeof(*selected), by_name);
	return selected;
}

static json_t *key_summary(const struct key *key)
{
	json_t *shown = must(json_pack("{s:s}", "name", key->name));
	json_t *expiration = json_object_get(key->pair, "expiration");
	json_t *metadata = json_object_get(key->pair, "metadata");

	if (expiration)
		json_object_set(shown, "expiration", expiration);
	if (metadata)
		json_object_set(shown, "metadata", metadata);
	return shown;
}

static void answer_keys(struct call *call, json_t *namespace, const char *after, size_t limit)
{
	const char *prefix = call_argument(call, "prefix");
	size_t count, shown;
	struct key *keys = select_keys(namespace, prefix ? prefix : "", after, &count);
	json_t *list = must(json_array());

	for (shown = 0; shown < count && shown < limit; shown++)
		json_array_append_new(list, key_summary(&keys[shown]));
	answer_result(call, 200, list,
		      json_pack("{s:I, s:o}", "count", (json_int_t)shown, "cursor",
				cursor_of(shown < count ? keys[shown - 1].name : "")));
	free(keys);
}

static void list_keys(struct call *call)
{
	json_t *namespace = kv_namespace(call);
	const char *limit = call_argument(call, "limit"), *cursor = call_argument(call, "cursor");
	long number = limit ? strtol(limit, NULL, 10) : PAGE_MAX;
	char after[513];

	if (!namespace)
		return;
	if (number < LIMIT_MIN || number > PAGE_MAX)
		answer_error(call, 400, 10028, "Invalid limit. It must be from %d to %d.",
			     LIMIT_MIN, PAGE_MAX);
	else if (!read_cursor(cursor ? cursor : "", after, sizeof(after)))
		answer_error(call, 400, 10041, "invalid cursor");
	else
		answer_keys(call, namespace, after, (size_t)number);
}

const struct route kv_list_routes[] = {
    {"GET", "accounts/*/storage/kv/namespaces", list_namespaces},
    {"POST", "accounts/*/storage/kv/namespaces", create_namespace},
    {"GET", "accounts/*/storage/kv/namespaces/*", get_namespace},
    {"PUT", "accounts/*/storage/kv/namespaces/*", rename_namespace},
    {"DELETE", "accounts/*/storage/kv/namespaces/*", delete_namespace},
    {"GET", "accounts/*/storage/kv/namespaces/*/keys", list_keys},
    {NULL, NULL, NULL},
};
