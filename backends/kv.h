/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_KV_H
#define HSXFS_KV_H

#include "http.h"
#include <jansson.h>

/*
 * Workers KV of one Cloudflare account, over the REST API
 * (developers.cloudflare.com/api/resources/kv). Everything runs on the loop's one thread. Error
 * codes mean other things here than in the Workers family: kv_reply.c has their table.
 *
 * KV is eventually consistent: what was written may take 60 s to be seen elsewhere, also that a key
 * is absent. A write replaces value, metadata and expiration together.
 */

struct kv;
struct kv_call;

/* The most keys of a bulk read, and the seconds between two writes of one key. */
#define KV_BULK_MAX 100
#define KV_WRITE_PAUSE 1

/* account_id is copied, the others are borrowed. NULL where memory is short. */
checked struct kv *kv_new(struct http_api *api, struct loop *loop, const char *account_id);

/* Ends what runs without calling back; a callback of its own may do it, too. NULL is allowed. */
void kv_free(struct kv *kv);

struct outcome kv_ready(const struct kv *kv);

/* True if what was read of a key's value repeats a token; see token_search.h. */
bool kv_finds_token(const struct kv *kv, const json_t *value);

/* Ends a call without calling back. True if its request was on its way. */
bool kv_cancel(struct kv_call *call);

/*
 * Each of these calls back exactly once, never before it has returned, with everything borrowed for
 * the callback; NULL where memory is short: then nothing is called.
 *
 * Outcomes: OUTCOME_OK; OUTCOME_NOT_FOUND (10009 no such key, 10013 no such namespace);
 * OUTCOME_TOKEN_REFUSED, OUTCOME_NOT_ALLOWED, OUTCOME_TOO_LARGE, OUTCOME_TOO_MANY (free limit),
 * OUTCOME_BAD_NAME, OUTCOME_BAD_VALUE, OUTCOME_RATE_LIMITED, OUTCOME_SERVER_ERROR,
 * OUTCOME_BAD_REPLY, and those of http.h.
 */

/*
 * The id of the namespace that has exactly that title: OUTCOME_NOT_FOUND for none,
 * OUTCOME_AMBIGUOUS for several. The account's list is asked for once and kept for a minute,
 * however many ask; found ids are kept until they are forgotten. id is NULL without OUTCOME_OK.
 */
typedef void kv_found(void *context, const struct outcome *outcome, const char *id);
checked struct kv_call *kv_find_namespace(struct kv *kv, const char *title, kv_found *found,
					  void *context);

/* Has the account's list asked for again, also for titles that were found: after 10013, say. */
void kv_forget_namespaces(struct kv *kv);

/* A page of keys, up to 1,000, perhaps none; cursor NULL: the first. next is NULL after the last
 * page. A key's metadata and expiration are told here alone: use the key as prefix. */
struct kv_key {
	const char *name;
	int64_t expiration; /* seconds of the epoch, 0: never */
	json_t *metadata;   /* NULL: none */
};
typedef void kv_keys_came(void *context, const struct outcome *outcome, const struct kv_key *keys,
			  size_t count, const char *next);
checked struct kv_call *kv_keys(struct kv *kv, const char *namespace_id, const char *prefix,
				const char *cursor, kv_keys_came *came, void *context);

/* A value's bytes, which a NUL follows. */
typedef void kv_value_came(void *context, const struct outcome *outcome, const char *bytes,
			   size_t length);
checked struct kv_call *kv_get(struct kv *kv, const char *namespace_id, const char *key,
			       kv_value_came *came, void *context);

/* Up to KV_BULK_MAX values: an object from key to text, or null for a key that is absent. */
typedef void kv_values_came(void *context, const struct outcome *outcome, json_t *values);
checked struct kv_call *kv_bulk_get(struct kv *kv, const char *namespace_id,
				    const char *const *keys, size_t count, kv_values_came *came,
				    void *context);

/*
 * Writes a text value with its metadata (borrowed for this function; NULL: none) and expiration (0:
 * never). Sent no sooner than KV_WRITE_PAUSE after the end of the latest write of that key by this
 * struct kv, whoever waits gets his turn in order. Half-done bulk answers (unsuccessful_keys) are a
 * failure. Repeated within the deadline where the server asks for it: a write of the same value is
 * safe to repeat.
 */
typedef void kv_written(void *context, const struct outcome *outcome);
checked struct kv_call *kv_put(struct kv *kv, const char *namespace_id, const char *key,
			       const char *value, json_t *metadata, int64_t expiration,
			       kv_written *written, void *context);

/* OUTCOME_OK, or OUTCOME_BAD_NAME for a key that no request can name. Pure. */
struct outcome kv_check_key(const char *key);

/* The digits that end last in a key, copied, as a portal's id; NULL if there are none, or more than
 * 20. The caller frees it. Pure. */
checked char *kv_last_digits(const char *key);

#endif
