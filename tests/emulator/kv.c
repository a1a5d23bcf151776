/* SPDX-License-Identifier: MIT */
#include "kv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer.h"

#define KEY_MAX 512
#define METADATA_MAX 1024
#define TTL_MIN 60

json_t *kv_namespace(struct call *call)
{
	json_t *namespace = state_kv(&call->emulator->state, call->captures[0], call->captures[1]);

	if (!namespace)
		answer_error(call, 404, 10013,
			     "get namespace: 'namespace not found' or 'identifier is malformed'");
	return namespace;
}

bool kv_is_over(json_t *pair)
{
	json_t *expiration = json_object_get(pair, "expiration");

	return expiration && json_integer_value(expiration) <= time(NULL);
}

json_t *kv_find(json_t *namespace, const char *key)
{
	json_t *pair = json_object_get(json_object_get(namespace, "keys"), key);

	return kv_is_over(pair) ? NULL : pair;
}

char *kv_value(json_t *pair, size_t *length)
{
	json_t *text = json_object_get(pair, "value"), *hex = json_object_get(pair, "hex");
	const char *digits = json_string_value(hex);
	char *data;

	*length = hex ? json_string_length(hex) / 2 : json_string_length(text);
	data = must(malloc(*length + 1));
	if (!hex)
		memcpy(data, json_string_value(text), *length);
	for (size_t i = 0; hex && i < *length; i++)
		data[i] = (char)strtol((char[]){digits[2 * i], digits[2 * i + 1], 0}, NULL, 16);
	data[*length] = '\0';
	return data;
}

bool kv_key_is_good(struct call *call, const char *key)
{
	if (strlen(key) > KEY_MAX)
		answer_error(call, 414, 10030, "key name exceeds %d bytes", KEY_MAX);
	else if (!*key || strcmp(key, ".") == 0 || strcmp(key, "..") == 0)
		answer_error(call, 400, 10023, "illegal key name '%s'", key);
	else
		return true;
	return false;
}

static json_t *hexadecimal(const char *data, size_t length)
{
	char *text = must(malloc(2 * length + 1));
	json_t *hex;

	for (size_t i = 0; i < length; i++)
		sprintf(text + 2 * i, "%02x", (unsigned char)data[i]);
	hex = json_stringn(text, 2 * length);
	free(text);
	return must(hex);
}

json_t *kv_pair(const char *data, size_t length, json_t *metadata)
{
	json_t *pair = must(json_object()), *text = json_stringn(data, length);

	if (text)
		json_object_set_new(pair, "value", text);
	else
		json_object_set_new(pair, "hex", hexadecimal(data, length));
	if (metadata && !json_is_null(metadata))
		json_object_set(pair, "metadata", metadata);
	return pair;
}

bool kv_expire(struct call *call, json_t *pair, json_int_t expiration, json_int_t ttl)
{
	json_int_t now = time(NULL);

	if (ttl && ttl < TTL_MIN) {
		answer_error(call, 400, 10034,
			     "Invalid expiration_ttl of %lld. Expiration TTL must be at least %d.",
			     (long long)ttl, TTL_MIN);
		return false;
	}
	if (!ttl && expiration && expiration < now + TTL_MIN) {
		answer_error(call, 400, 10033,
			     "Invalid expiration of %lld. Expiration times must be at least %d "
			     "seconds in the future.",
			     (long long)expiration, TTL_MIN);
		return false;
	}
	if (ttl || expiration)
		json_object_set_new(pair, "expiration", json_integer(ttl ? now + ttl : expiration));
	return true;
}

static bool is_large(json_t *metadata)
{
	char *text = metadata ? json_dumps(metadata, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	bool large = text && strlen(text) > METADATA_MAX;

	free(text);
	return large;
}

bool kv_may_write(struct call *call, json_t *namespace, const char *key, json_t *pair)
{
	json_t *written = json_object_get(json_object_get(namespace, "written"), key);
	size_t rate = call->emulator->state.kv_writes_per_second, length;

	free(kv_value(pair, &length));
	if (length > KV_VALUE_MAX)
		answer_error(call, 413, 10024, "Value length of %zu exceeds limit of %zu.", length,
			     KV_VALUE_MAX);
	else if (is_large(json_object_get(pair, "metadata")))
		answer_error(call, 400, 10047, "Metadata exceeds limit of %d bytes.", METADATA_MAX);
	else if (rate && written &&
		 now_ms() - json_integer_value(written) < (json_int_t)(1000 / rate))
		answer_error(call, 429, 10022, "Too many writes of the key '%s'", key);
	else
		return true;
	return false;
}

void kv_write(json_t *namespace, const char *key, json_t *pair)
{
	if (!json_object_get(namespace, "written"))
		json_object_set_new(namespace, "written", must(json_object()));
	json_object_set_new(json_object_get(namespace, "written"), key, json_integer(now_ms()));
	json_object_set_new(json_object_get(namespace, "keys"), key, pair);
}
