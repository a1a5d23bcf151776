/* SPDX-License-Identifier: MIT */
#ifndef KV_H
#define KV_H

#include "call.h"

/*
 * What the paths of single keys and of many share. A key is kept as {value or hex, metadata?,
 * expiration?}: hex where the value is not UTF-8. Functions that refuse have answered the call.
 */

#define KV_VALUE_MAX ((size_t)25 * 1024 * 1024)

/* The namespace that the call is about, or NULL with the call answered. Borrowed. */
json_t *kv_namespace(struct call *call);

/* Whether a pair has expired. */
bool kv_is_over(json_t *pair);

/* A key that is there and has not expired, or NULL. Borrowed. */
json_t *kv_find(json_t *namespace, const char *key);

/* A key's value, to be freed by the caller. */
char *kv_value(json_t *pair, size_t *length);

/* False for a key that KV refuses. */
bool kv_key_is_good(struct call *call, const char *key);

/* A pair of a value and metadata (NULL: none), neither of which is taken. */
json_t *kv_pair(const char *data, size_t length, json_t *metadata);

/*
 * Sets a pair's expiration: seconds of the epoch, or from now; 0: not given. False for one that is
 * less than a minute away.
 */
bool kv_expire(struct call *call, json_t *pair, json_int_t expiration, json_int_t ttl);

/* False where the pair is too large, or its key was written a moment ago. */
bool kv_may_write(struct call *call, json_t *namespace, const char *key, json_t *pair);

/* Writes a pair, which is taken. */
void kv_write(json_t *namespace, const char *key, json_t *pair);

#endif
