/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/* For what is kept besides the texts. */
#define REQUEST_OVERHEAD 1024

void record_init(struct record *record)
{
	memset(record, 0, sizeof(*record));
	record->requests = must(json_array());
}

void record_free(struct record *record)
{
	json_decref(record->requests);
}

static json_t *hexadecimal(const char *data, size_t length)
{
	char *text = must(malloc(2 * length + 1));
	json_t *string;

	for (size_t i = 0; i < length; i++)
		sprintf(text + 2 * i, "%02x", (unsigned char)data[i]);
	string = json_stringn(text, 2 * length);
	free(text);
	return must(string);
}

static void set_body(json_t *request, const struct call *call)
{
	json_t *body = json_stringn(call->body, call->length);

	json_object_set_new(request, "body", body ? body : json_null());
	if (!body)
		json_object_set_new(request, "body_hex", hexadecimal(call->body, call->length));
}

/* /client/v4/accounts/A/workers/(scripts or workers)/S */
static const char *script_of(const struct call *call)
{
	return call->segment_count > 6 && strcmp(call->segments[4], "workers") == 0
		   ? call->segments[6]
		   : NULL;
}

static json_t *describe(const struct call *call, unsigned long number)
{
	json_t *request = json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:O}", "number",
				    (json_int_t)number, "connection", (json_int_t)call->socket,
				    "time_ms", (json_int_t)now_ms(), "method", call->method, "path",
				    call->path, "query", call->query, "headers", call->headers);

	set_body(must(request), call);
	json_object_set_new(request, "status", json_null());
	json_object_set_new(request, "answered_ms", json_null());
	json_object_set_new(request, "left_ms", json_null());
	json_object_set_new(request, "script",
			    script_of(call) ? json_string(script_of(call)) : json_null());
	return request;
}

static size_t weight(json_t *request)
{
	json_t *hex = json_object_get(request, "body_hex");

	return REQUEST_OVERHEAD + json_string_length(json_object_get(request, "path")) +
	       json_string_length(json_object_get(request, "query")) +
	       json_string_length(hex ? hex : json_object_get(request, "body")) +
	       json_string_length(json_object_get(request, "answer"));
}

/* Counts so many bytes more and forgets the oldest requests if they are too many. */
static void make_room(struct record *record, size_t bytes)
{
	size_t oldest = 0;

	record->bytes += bytes;
	while (record->bytes > RECORD_CEILING && oldest < json_array_size(record->requests))
		record->bytes -= weight(json_array_get(record->requests, oldest++));
	while (oldest--)
		json_array_remove(record->requests, 0);
}

json_t *record_add(struct record *record, const struct call *call)
{
	json_t *request = describe(call, ++record->last);

	make_room(record, weight(request));
	json_array_append(record->requests, request);
	return request;
}

void record_answered(struct record *record, json_t *request, const struct call *call)
{
	json_t *answer;

	json_object_set_new(request, "status", json_integer(call->answer.status));
	json_object_set_new(request, "answered_ms", json_integer(now_ms()));
	answer = record->answers ? json_stringn(call->answer.text, call->answer.length) : NULL;
	if (!answer)
		return;
	json_object_set_new(request, "answer", answer);
	json_object_set(request, "answer_headers", call->answer.headers);
	make_room(record, json_string_length(answer));
}

void record_left(json_t *request)
{
	if (json_is_null(json_object_get(request, "left_ms")))
		json_object_set_new(request, "left_ms", json_integer(now_ms()));
}

static bool fits(json_t *request, const char *member, const char *pattern)
{
	return !pattern ||
	       fnmatch(pattern, json_string_value(json_object_get(request, member)), 0) == 0;
}

json_t *record_list(const struct record *record, const char *method, const char *path)
{
	json_t *list = must(json_array()), *request;
	size_t index;

	json_array_foreach(record->requests, index, request) if (fits(request, "method", method) &&
								 fits(request, "path", path))
	    json_array_append(list, request);
	return list;
}

void record_clear(struct record *record)
{
	json_array_clear(record->requests);
	record->bytes = 0;
}
