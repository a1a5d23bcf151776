/* SPDX-License-Identifier: MIT */
#ifndef RECORD_H
#define RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct call;

/* The ceiling of what is kept, in bytes of targets, headers and bodies. */
#define RECORD_CEILING ((size_t)64 * 1024 * 1024)

/* What was asked, in order. */
struct record {
	json_t *requests;   /* array of objects as the README shows them */
	size_t bytes;	    /* that the requests hold */
	unsigned long last; /* number of the newest */
	bool answers;	    /* whether the bodies of answers are kept too */
};

void record_init(struct record *record);
void record_free(struct record *record);

/* Notes a request that has come in whole; forgets the oldest ones above the ceiling. The caller has
 * a reference. */
json_t *record_add(struct record *record, const struct call *call);

/* Notes what the call was answered, or that the client hung up before. */
void record_answered(struct record *record, json_t *request, const struct call *call);
void record_left(json_t *request);

/* The requests that match two fnmatch patterns, either NULL for all. A new array. */
json_t *record_list(const struct record *record, const char *method, const char *path);

void record_clear(struct record *record);

#endif
