/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CLOUDFLARE_REPLY_H
#define HSXFS_CLOUDFLARE_REPLY_H

#include "http.h"
#include <jansson.h>

/*
 * Reads an answer of the Workers scripts API: the envelope {success, errors, messages, result} and
 * what its error codes mean there. (The same numbers mean other things to Workers KV and Secrets
 * Store: developers.cloudflare.com/workers/platform/error-codes.)
 *
 * Success is HTTP 2xx with "success": true, or 204 without a body. *result then is the result, a
 * new reference that the caller drops, NULL if there is none; otherwise it is set to NULL. result
 * may be NULL.
 */
struct outcome cloudflare_outcome(const struct http_reply *reply, json_t **result);

#endif
