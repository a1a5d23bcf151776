/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CLOUDFLARE_REPLY_H
#define HSXFS_CLOUDFLARE_REPLY_H

#include "http.h"
#include <jansson.h>

/*
 * Reads an answer of the Cloudflare API: the envelope {success, errors, messages, result,
 * result_info}. The numbers of errors mean different things in each family of paths
 * (developers.cloudflare.com/workers/platform/error-codes), so each has a table of its own.
 */
struct cloudflare_meaning {
	long number; /* error code or HTTP status */
	enum outcome_kind kind;
	const char *advice;
};

struct cloudflare_family {
	const struct cloudflare_meaning *codes, *statuses;
	size_t code_count, status_count;
};

/* The Workers scripts API. */
extern const struct cloudflare_family cloudflare_workers;

/*
 * Success is HTTP 2xx with "success": true, or 204 without a body. *envelope then is the envelope,
 * a new reference that the caller drops, NULL if there was no body; otherwise it is set to NULL.
 */
struct outcome cloudflare_envelope(const struct cloudflare_family *family,
				   const struct http_reply *reply, json_t **envelope);

/*
 * The same for the Workers scripts API, with the result alone: a new reference, or NULL. result may
 * be NULL.
 */
struct outcome cloudflare_outcome(const struct http_reply *reply, json_t **result);

#endif
