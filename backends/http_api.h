/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_HTTP_API_H
#define HSXFS_HTTP_API_H

#include "http.h"

/*
 * What the transport knows of one API: where it is, whether it answers, and for how long it wants
 * to hear nothing. Private to http.c and http_api.c; callers see the functions of http.h.
 */

struct http_api {
	struct http_api *next;
	struct http *http;
	char *name, *url, *authorities, *token_hint;
	const struct value *token, *previous_token;
	http_token_refused *token_refused;
	void *context;
	int64_t deadline;
	bool down, probing;
	struct outcome failure;
	enum http_api_state state; /* while not down */
	char reason[HTTP_API_REASON_SIZE];
	int64_t probe_at;    /* while down: when one call may try again */
	int64_t probe_pause; /* doubled by every failure */
	int64_t quiet_until; /* Retry-After */
	unsigned long requests, failures;
	long budget;
};

/* Adds an API to the pool, which then owns it. */
void http_add_api(struct http *http, struct http_api *api);
void http_api_free(struct http_api *api);

/* The first of the pool's APIs. */
struct http_api *http_first_api(const struct http *http);

/* An answer came, with this status, whatever it said. */
void http_api_mark_up(struct http_api *api, long status);

/*
 * No answer came. Until a pause is over, calls fail at once; then one call is let through as a
 * probe. The pause is 1 s, and doubles up to 30 s each time a probe fails.
 */
void http_api_mark_down(struct http_api *api, const struct outcome *failure, bool probe);

/*
 * Milliseconds to wait before a request that was answered with this status is sent again; -1: it is
 * not. attempts: how often it was sent, 1 or more. retry_after: the server's wish, 0 if it has
 * none.
 */
int64_t http_pause_before_retry(long status, unsigned attempts, int64_t retry_after);

#endif
