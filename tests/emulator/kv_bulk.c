/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "kv.h"
#include "routes.h"

#define PAIRS_MAX 10000
#define KEYS_MAX 100

/* The body as JSON, or NULL with the call answered. A new reference. */
static json_t *body_of(struct call *call)
{
	json_t *body = json_loadb(call->body, call->length, 0, NULL);

	if (!body)
		answer_error(call, 400, 10012, "could not parse the request body");
	return body;
}

/* False, with the call answered, unless it is a list of 1 to most. */
static bool is_list(struct call *call, json_t *list, size_t most)
{
	if (json_array_size(list) >= 1 && json_array_size(list) <= most)
		return true;
	answer_error(call, 400, 10029, "a list of 1 to %zu keys is wanted, not of %zu", most,
		     json_array_size(list));
	return false;
}

static int base64_digit(char letter)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *place = letter ? strchr(digits, letter) : NULL;

	return place ? (int)(place - digits) : -1;
}

/* Base64 (RFC 4648 section 4) ends at the first other letter, such as its padding. */
static json_t *pair_of_base64(const char *text, json_t *metadata)
{
	char *data = must(malloc(strlen(text) + 1));
	unsigned bits = 0, bit_count = 0;
	size_t length = 0;
	json_t *pair;

	for (; base64_digit(*text) >= 0; text++) {
		bits = bits << 6 | (unsigned)base64_digit(*text);
		bit_count += 6;
		if (bit_count < 8)
			continue;
		bit_count -= 8;
		data[length++] = (char)(bits >> bit_count);
	}
	pair = kv_pair(data, length, metadata);
	free(data);
	return pair;
}

static json_int_t number(json_t *item, const char *name)
{
	return json_integer_value(json_object_get(item, name));
}

/* The pair that an item of a bulk write asks for, or NULL with the call answered. */
static json_t *pair_of(struct call *call, json_t *namespace, json_t *item)
{
	const char *key = json_string_value(json_object_get(item, "key"));
	json_t *value = json_object_get(item, "value"), *pair;
	json_t *metadata = json_object_get(item, "metadata");

	if (!key || !json_is_string(value)) {
		answer_error(call, 400, 10029, "a pair needs a key and a value, both texts");
		return NULL;
	}
	if (!kv_key_is_good(call, key))
		return NULL;
	pair = json_is_true(json_object_get(item, "base64"))
		   ? pair_of_base64(json_string_value(value), metadata)
		   : kv_pair(json_string_value(value), json_string_length(value), metadata);
	if (kv_expire(call, pair, number(item, "expiration"), number(item, "expiration_ttl")) &&
	    kv_may_write(call, namespace, key, pair))
		return pair;
	json_decref(pair);
	return NULL;
}

static void answer_counts(struct call *call, size_t count)
{
	answer_result(call, 200,
		      json_pack("{s:I, s:[]}", "successful_key_count", (json_int_t)count,
				"unsuccessful_keys"),
		      NULL);
}

static void write_pairs(struct call *call, json_t *namespace, json_t *body)
{
	json_t *pairs = must(json_array()), *item, *pair;
	size_t i;

	json_array_foreach(body, i, item)
	{
		pair = pair_of(call, namespace, item);
		if (!pair)
			break;
		json_array_append_new(pairs, pair);
	}
	if (json_array_size(pairs) == json_array_size(body)) {
		json_array_foreach(body, i, item)
		    kv_write(namespace, json_string_value(json_object_get(item, "key")),
			     json_incref(json_array_get(pairs, i)));
		answer_counts(call, json_array_size(pairs));
	}
	json_decref(pairs);
}

static void put_bulk(struct call *call)
{
	json_t *namespace = kv_namespace(call), *body = namespace ? body_of(call) : NULL;

	if (body && is_list(call, body, PAIRS_MAX))
		write_pairs(call, namespace, body);
	json_decref(body);
}

static void delete_bulk(struct call *call)
{
	json_t *namespace = kv_namespace(call), *body = namespace ? body_of(call) : NULL, *key;
	size_t i;

	if (body && is_list(call, body, PAIRS_MAX)) {
		json_array_foreach(body, i, key) if (json_is_string(key))
		    json_object_del(json_object_get(namespace, "keys"), json_string_value(key));
		answer_counts(call, json_array_size(body));
	}
	json_decref(body);
}

/* ---- reading ---- */

/* A value as a bulk read shows it, or NULL if it cannot. */
static json_t *shown_value(json_t *pair, bool as_json)
{
	json_t *text = json_object_get(pair, "value");

	if (!pair)
		return json_null();
	if (!text || !as_json)
		return json_incref(text);
	return json_loadb(json_string_value(text), json_string_length(text), JSON_DECODE_ANY, NULL);
}

static json_t *with_metadata(json_t *pair, json_t *value)
{
	json_t *metadata = json_object_get(pair, "metadata");
	json_t *expiration = json_object_get(pair, "expiration"), *shown;

	if (!pair || !value)
		return value;
	shown = must(json_pack("{s:o, s:o}", "value", value, "metadata",
			       metadata ? json_incref(metadata) : json_null()));
	if (expiration)
		json_object_set(shown, "expiration", expiration);
	return shown;
}

static void read_values(struct call *call, json_t *namespace, json_t *body, json_t *keys)
{
	const char *type = json_string_value(json_object_get(body, "type"));
	bool as_json = type && strcmp(type, "json") == 0;
	bool whole = json_is_true(json_object_get(body, "withMetadata"));
	json_t *values = must(json_object()), *key;
	size_t i;

	json_array_foreach(keys, i, key)
	{
		const char *name = json_string_value(key);
		json_t *pair = name ? kv_find(namespace, name) : NULL;
		json_t *value = name ? shown_value(pair, as_json) : NULL;

		if (whole)
			value = with_metadata(pair, value);
		if (!value) {
			answer_error(call, 400, 10029,
				     "key %zu or its value is not a text, or not %s", i,
				     as_json ? "JSON" : "one");
			json_decref(values);
			return;
		}
		json_object_set_new(values, name, value);
	}
	answer_result(call, 200, json_pack("{s:o}", "values", values), NULL);
}

static void get_bulk(struct call *call)
{
	json_t *namespace = kv_namespace(call), *body = namespace ? body_of(call) : NULL;
	json_t *keys = json_object_get(body, "keys");

	if (body && is_list(call, keys, KEYS_MAX))
		read_values(call, namespace, body, keys);
	json_decref(body);
}

const struct route kv_bulk_routes[] = {
    {"PUT", "accounts/*/storage/kv/namespaces/*/bulk", put_bulk},
    {"DELETE", "accounts/*/storage/kv/namespaces/*/bulk", delete_bulk},
    {"POST", "accounts/*/storage/kv/namespaces/*/bulk/delete", delete_bulk},
    {"POST", "accounts/*/storage/kv/namespaces/*/bulk/get", get_bulk},
    {NULL, NULL, NULL},
};
