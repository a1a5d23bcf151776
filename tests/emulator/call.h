/* SPDX-License-Identifier: MIT */
#ifndef CALL_H
#define CALL_H

#include "emulator.h"

#define CALL_SEGMENTS_MAX 16
#define CALL_CAPTURES_MAX 5

/* What a call is answered with. */
struct answer {
	unsigned status;
	char *text; /* owned */
	size_t length;
	json_t *headers; /* owned object of strings; NULL: none */
};

/* One HTTP request and its answer. */
struct call {
	struct emulator *emulator;
	unsigned long socket; /* number of its connection */
	bool begun;	      /* its headers were read */
	const char *method;   /* borrowed from the connection */
	char *path, *query;   /* as sent, still percent-encoded */
	json_t *headers;      /* lower-cased names */
	json_t *arguments;    /* the query, decoded */
	char *body;	      /* NUL-terminated */
	size_t length;
	bool oversized; /* the body went over the ceiling and was cut */

	char *segments[CALL_SEGMENTS_MAX]; /* of the path, decoded */
	size_t segment_count;
	const char *captures[CALL_CAPTURES_MAX]; /* what a route's asterisks matched */

	struct answer answer;
};

/* A call for a request target as sent, path and query. */
struct call *call_new(struct emulator *emulator, const char *target);
void call_free(struct call *call);

/* Appends to the body; what goes over the ceiling is dropped and marks the call as oversized. */
void call_add_body(struct call *call, const char *data, size_t size);

/* A header or a query argument, NULL if it was not sent. Borrowed. */
const char *call_header(const struct call *call, const char *lower_case_name);
const char *call_argument(const struct call *call, const char *name);

/*
 * Whether the decoded path consists of the pattern's segments, of which an asterisk matches any
 * one; fills captures.
 */
bool call_matches(struct call *call, const char *pattern);

/* Whether the content type, without its parameters, is this one. */
bool call_has_type(const struct call *call, const char *type);

#endif
