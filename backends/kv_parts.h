/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_KV_PARTS_H
#define HSXFS_KV_PARTS_H

#include "kv.h"

/* What kv.c, kv_write.c and kv_names.c share. */

/* An address whole, with room in libcurl's for the API's own. */
#define KV_PATH_SIZE 3500

struct kv {
	struct http_api *api;
	struct loop *loop;
	char *account_id;
	struct kv_call *calls;
	struct kv_line *lines; /* of keys being written */
	struct kv_names *names;
};

/* A kind of call: how a success is read, NULL if there is nothing to read, and told. */
struct kv_kind {
	bool raw;     /* the answer is a value, without an envelope */
	bool verdict; /* nothing of a good answer is shown */
	struct outcome (*read)(struct kv_call *call, json_t *result, json_t *information);
	void (*tell)(struct kv_call *call, const struct outcome *outcome);
};

struct kv_call {
	struct kv_call *next, **previous;
	struct kv *kv;
	const struct kv_kind *kind;
	struct http_call *http;	  /* its request, while that runs */
	struct loop_timer timer;  /* of an end without a request */
	struct outcome outcome;	  /* that end */
	json_t *envelope;	  /* of the answer */
	struct http_reply answer; /* borrowed */
	union {
		kv_found *id;
		kv_keys_came *keys;
		kv_value_came *value;
		kv_values_came *values;
		kv_written *written;
	} came;
	void *context;

	char *text;	      /* of kv_keys: the cursor; of kv_find_namespace: the title; a body */
	char *id;	      /* of kv_find_namespace: what was found */
	struct kv_key *items; /* of kv_keys */
	size_t item_count;
	const char *cursor; /* the next one, borrowed from the envelope */
	json_t *asked;	    /* of kv_bulk_get: the keys */

	char *path; /* of kv_put */
	struct kv_line *line;
	struct kv_call *after; /* that waits for the same key, or for the same listing */
};

/* A call among the running ones; NULL where memory is short. */
checked struct kv_call *kv_call_new(struct kv *kv, const struct kv_kind *kind, void *context);

/* Ends its request and frees it, without calling back. */
void kv_call_free(struct kv_call *call);

/* Sends its request; where that cannot be it ends soon. */
void kv_call_send(struct kv_call *call, const char *method, const char *path, const char *body);

/* Calls back and frees, from the loop. */
void kv_call_end_soon(struct kv_call *call, const struct outcome *outcome);

/* Keeps the token out of a failure's message and says whose it is. */
void kv_name_outcome(const struct kv *kv, struct outcome *outcome);

/* Writes the path of a namespace and what is below it (encoded already); false if it does not fit.
 */
checked bool kv_path(const struct kv *kv, const char *namespace_id, const char *below, char *path,
		     size_t size);

/* Takes a call out of its key's line, where it has one. */
void kv_line_leave(struct kv_call *call);
void kv_lines_free(struct kv *kv);

/* Takes a call out of those that wait for the account's listing. */
void kv_names_leave(struct kv_call *call);
void kv_names_free(struct kv *kv);

#endif
