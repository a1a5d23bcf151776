/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "kv.h"
#include "routes.h"

static json_t *find_or_answer(struct call *call)
{
	json_t *namespace = kv_namespace(call), *pair;

	if (!namespace || !kv_key_is_good(call, call->captures[2]))
		return NULL;
	pair = kv_find(namespace, call->captures[2]);
	if (!pair)
		answer_error(call, 404, 10009, "get: 'key not found'");
	return pair;
}

static void get_value(struct call *call)
{
	json_t *pair = find_or_answer(call), *expiration = json_object_get(pair, "expiration");
	char *data, number[32];
	size_t length;

	if (!pair)
		return;
	data = kv_value(pair, &length);
	answer_bytes(call, 200, "application/octet-stream", data, length);
	if (expiration) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(expiration));
		answer_header(call, "expiration", number);
	}
	free(data);
}

static void get_metadata(struct call *call)
{
	json_t *pair = find_or_answer(call), *metadata = json_object_get(pair, "metadata");

	if (pair)
		answer_result(call, 200, metadata ? json_incref(metadata) : json_null(), NULL);
}

/* ---- forms (RFC 7578) ---- */

struct part {
	const char *data;
	size_t length;
};

/* "--" and the boundary of a form, or NULL; the caller frees it. */
static char *delimiter_of(const struct call *call)
{
	const char *type = call_header(call, "content-type");
	const char *boundary = type ? strstr(type, "boundary=") : NULL;
	char *delimiter;

	if (!boundary)
		return NULL;
	boundary += strlen("boundary=");
	boundary += *boundary == '"';
	if (asprintf(&delimiter, "--%.*s", (int)strcspn(boundary, "\";"), boundary) < 0)
		delimiter = NULL;
	return must(delimiter);
}

/* A line break comes before each delimiter but the first. */
static const char *part_end(const char *start, const char *end, const char *delimiter)
{
	size_t length = strlen(delimiter);
	const char *place = start;

	while ((place = memmem(place, (size_t)(end - place), delimiter, length))) {
		if (place >= start + 2 && memcmp(place - 2, "\r\n", 2) == 0)
			return place - 2;
		place += length;
	}
	return NULL;
}

/* The part of that name; false if the form has none. */
static bool find_part(const struct call *call, const char *delimiter, const char *name,
		      struct part *part)
{
	const char *end = call->body + call->length;
	const char *place = memmem(call->body, call->length, delimiter, strlen(delimiter));
	char wanted[40];

	snprintf(wanted, sizeof(wanted), "name=\"%s\"", name);
	while (place) {
		const char *start = memmem(place, (size_t)(end - place), "\r\n\r\n", 4);
		const char *stop = start ? part_end(start + 4, end, delimiter) : NULL;

		if (!stop)
			return false;
		part->data = start + 4;
		part->length = (size_t)(stop - part->data);
		if (memmem(place, (size_t)(start - place), wanted, strlen(wanted)))
			return true;
		place = stop + 2;
	}
	return false;
}

/* A pair from a form, or NULL with the call answered. */
static json_t *pair_of_form(struct call *call)
{
	char *delimiter = delimiter_of(call);
	json_t *metadata = NULL, *pair = NULL;
	struct part value, text;

	if (!delimiter || !find_part(call, delimiter, "value", &value)) {
		answer_error(call, 400, 10012, "The form has no part \"value\"");
	} else if (!find_part(call, delimiter, "metadata", &text)) {
		pair = kv_pair(value.data, value.length, NULL);
	} else {
		metadata = json_loadb(text.data, text.length, JSON_DECODE_ANY, NULL);
		if (metadata)
			pair = kv_pair(value.data, value.length, metadata);
		else
			answer_error(call, 400, 10047, "The metadata is not JSON");
	}
	json_decref(metadata);
	free(delimiter);
	return pair;
}

static json_int_t number_argument(const struct call *call, const char *name)
{
	const char *text = call_argument(call, name);

	return text ? strtoll(text, NULL, 10) : 0;
}

static void put_value(struct call *call)
{
	json_t *namespace = kv_namespace(call), *pair;

	if (!namespace || !kv_key_is_good(call, call->captures[2]))
		return;
	pair = call_has_type(call, "multipart/form-data") ? pair_of_form(call)
							  : kv_pair(call->body, call->length, NULL);
	if (pair &&
	    kv_expire(call, pair, number_argument(call, "expiration"),
		      number_argument(call, "expiration_ttl")) &&
	    kv_may_write(call, namespace, call->captures[2], pair)) {
		kv_write(namespace, call->captures[2], json_incref(pair));
		answer_result(call, 200, json_null(), NULL);
	}
	json_decref(pair);
}

/* One that is not there is removed all the same, as Cloudflare's local simulator does it. */
static void delete_value(struct call *call)
{
	json_t *namespace = kv_namespace(call);

	if (!namespace || !kv_key_is_good(call, call->captures[2]))
		return;
	json_object_del(json_object_get(namespace, "keys"), call->captures[2]);
	answer_result(call, 200, json_null(), NULL);
}

const struct route kv_value_routes[] = {
    {"GET", "accounts/*/storage/kv/namespaces/*/values/*", get_value},
    {"PUT", "accounts/*/storage/kv/namespaces/*/values/*", put_value},
    {"DELETE", "accounts/*/storage/kv/namespaces/*/values/*", delete_value},
    {"GET", "accounts/*/storage/kv/namespaces/*/metadata/*", get_metadata},
    {NULL, NULL, NULL},
};
