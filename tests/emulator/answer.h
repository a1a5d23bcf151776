/* SPDX-License-Identifier: MIT */
#ifndef ANSWER_H
#define ANSWER_H

#include "call.h"

/* Each of these replaces what the call was answered with before; json_t arguments are taken. */

/* Any JSON, or any text. */
void answer_json(struct call *call, unsigned status, json_t *body);
void answer_text(struct call *call, unsigned status, const char *text);

/* Any bytes, which are copied. */
void answer_bytes(struct call *call, unsigned status, const char *type, const char *data,
		  size_t length);

/* The API's envelope around a result; information is result_info, or NULL. */
void answer_result(struct call *call, unsigned status, json_t *result, json_t *information);

/* The envelope with one error. */
void answer_error(struct call *call, unsigned status, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Sets one header of the answer. */
void answer_header(struct call *call, const char *name, const char *value);

/*
 * The part of an array that page and per_page ask for, with result_info; a page past the end is
 * empty. Without either the page is page 1 of default_size, or everything where that is 0.
 */
void answer_page(struct call *call, json_t *items, size_t default_size);

/* The same with the page as a member of the result. */
void answer_page_in(struct call *call, const char *member, json_t *items, size_t default_size);

#endif
