/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_text(struct call *call, unsigned status, const char *type, char *text)
{
	free(call->answer.text);
	call->answer.status = status;
	call->answer.text = must(text);
	call->answer.length = strlen(text);
	answer_header(call, "Content-Type", type);
}

void answer_json(struct call *call, unsigned status, json_t *body)
{
	set_text(call, status, "application/json",
		 json_dumps(must(body), JSON_COMPACT | JSON_ENCODE_ANY));
	json_decref(body);
}

void answer_text(struct call *call, unsigned status, const char *text)
{
	set_text(call, status, "text/plain", strdup(text));
}

void answer_bytes(struct call *call, unsigned status, const char *type, const char *data,
		  size_t length)
{
	char *copy = must(malloc(length + 1));

	memcpy(copy, data, length);
	copy[length] = '\0';
	set_text(call, status, type, copy);
	call->answer.length = length;
}

void answer_result(struct call *call, unsigned status, json_t *result, json_t *information)
{
	json_t *body = must(json_pack("{s:o, s:b, s:[], s:[]}", "result", must(result), "success",
				      1, "errors", "messages"));

	if (information)
		json_object_set_new(body, "result_info", information);
	answer_json(call, status, body);
}

void answer_error(struct call *call, unsigned status, int code, const char *format, ...)
{
	char *message;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	answer_json(call, status,
		    json_pack("{s:n, s:b, s:[{s:i, s:s}], s:[]}", "result", "success", 0, "errors",
			      "code", code, "message", must(message), "messages"));
	free(message);
}

void answer_header(struct call *call, const char *name, const char *value)
{
	if (!call->answer.headers)
		call->answer.headers = must(json_object());
	json_object_set_new(call->answer.headers, name, must(json_string(value)));
}

static size_t number_argument(const struct call *call, const char *name, size_t without)
{
	const char *text = call_argument(call, name);
	long number = text ? strtol(text, NULL, 10) : 0;

	return number > 0 ? (size_t)number : without;
}

/* A list that has no pages unless they are asked for has no result_info either. */
static bool is_whole(const struct call *call, size_t default_size)
{
	return !default_size && !call_argument(call, "page") && !call_argument(call, "per_page");
}

static json_t *cut_page(struct call *call, json_t *items, size_t default_size, json_t **information)
{
	size_t total = json_array_size(items);
	size_t size = number_argument(call, "per_page", default_size ? default_size : total + 1);
	size_t page = number_argument(call, "page", 1);
	size_t start = page - 1 > total / size ? total : (page - 1) * size;
	json_t *cut = must(json_array());

	for (size_t i = start; i < total && i < start + size; i++)
		json_array_append(cut, json_array_get(items, i));
	*information =
	    json_pack("{s:I, s:I, s:I, s:I, s:I}", "page", (json_int_t)page, "per_page",
		      (json_int_t)size, "count", (json_int_t)json_array_size(cut), "total_count",
		      (json_int_t)total, "total_pages", (json_int_t)((total + size - 1) / size));
	json_decref(items);
	return cut;
}

void answer_page(struct call *call, json_t *items, size_t default_size)
{
	json_t *information;

	if (is_whole(call, default_size)) {
		answer_result(call, 200, items, NULL);
		return;
	}
	items = cut_page(call, items, default_size, &information);
	answer_result(call, 200, items, information);
}

void answer_page_in(struct call *call, const char *member, json_t *items, size_t default_size)
{
	json_t *information, *cut = cut_page(call, items, default_size, &information);

	answer_result(call, 200, json_pack("{s:o}", member, cut), information);
}
