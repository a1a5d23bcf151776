/* SPDX-License-Identifier: MIT */
#include "http_api.h"
#include "leak.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_PAUSE_FIRST 1000
#define PROBE_PAUSE_LAST 30000

void http_api_free(struct http_api *api)
{
	free(api->name);
	free(api->url);
	free(api->authorities);
	free(api->token_hint);
	free(api);
}

struct http_api *http_api_new(struct http *http, const struct http_api_options *options)
{
	struct http_api *api = calloc(1, sizeof(*api));

	if (!api)
		return NULL;
	api->http = http;
	api->token = options->token;
	api->token_refused = options->token_refused;
	api->context = options->context;
	api->deadline = options->deadline;
	api->budget = -1;
	api->name = strdup(options->name);
	api->url = strdup(options->url);
	api->token_hint = strdup(options->token_hint);
	api->authorities = options->authorities ? strdup(options->authorities) : NULL;
	if (!api->name || !api->url || !api->token_hint ||
	    (options->authorities && !api->authorities)) {
		http_api_free(api);
		return NULL;
	}
	http_add_api(http, api);
	return api;
}

void http_api_set_token(struct http_api *api, const struct value *token)
{
	api->previous_token = api->token;
	api->token = token;
}

/* A shorter token may be a word like any other. */
#define TOKEN_TELLING ((size_t)12)

static bool holds(const char *bytes, size_t length, const struct value *token)
{
	return token && value_length(token) >= TOKEN_TELLING &&
	       memmem(bytes, length, value_bytes(token), value_length(token));
}

bool http_api_finds_token(const struct http_api *api, const char *bytes, size_t length)
{
	const struct http_api *other = api ? http_first_api(api->http) : NULL;

	for (; other; other = other->next)
		if (holds(bytes, length, other->token) ||
		    holds(bytes, length, other->previous_token))
			return true;
	return false;
}

/* Without the server's own words, which may repeat anything. */
static void mark_refused(struct http_api *api, const struct outcome *outcome)
{
	api->state = HTTP_API_REFUSED;
	snprintf(api->reason, sizeof(api->reason), "the token was refused (HTTP %d, code %ld)",
		 outcome->http_status, outcome->code);
}

void http_api_examine(struct http_api *api, struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_TOKEN_REFUSED)
		mark_refused(api, outcome);
	if (outcome->kind == OUTCOME_TOKEN_REFUSED && api->token_refused)
		api->token_refused(api->context);
	for (const struct http_api *other = http_first_api(api->http); other; other = other->next) {
		if (other->token)
			(void)leak_withhold(outcome, other->token);
		if (other->previous_token)
			(void)leak_withhold(outcome, other->previous_token);
	}
}

/* What failed was another call: this one is refused at once, whatever the message says of a time. */
static struct outcome not_asked(const struct http_api *api)
{
	struct outcome outcome =
	    outcome_make(api->failure.kind, "not asked again yet, after: %s", api->failure.message);

	return outcome_advise(outcome, "%s", api->failure.advice);
}

struct outcome http_api_ready(struct http_api *api)
{
	if (!api->token)
		return outcome_advise(
		    outcome_make(OUTCOME_NO_TOKEN, "%s: no token found: %s", api->name,
				 api->token_hint),
		    "provide the token there, then send SIGHUP to hsxfs or mount again");
	if (api->down && (api->probing || loop_now() < api->probe_at))
		return not_asked(api);
	return (struct outcome){.kind = OUTCOME_OK};
}

void http_api_mark_up(struct http_api *api, long status)
{
	api->down = false;
	api->state = status >= 500 ? HTTP_API_FAILING : HTTP_API_UP;
	snprintf(api->reason, sizeof(api->reason), "the server answered with HTTP %ld", status);
	api->probe_pause = 0;
	api->failure = (struct outcome){.kind = OUTCOME_OK};
}

void http_api_mark_down(struct http_api *api, const struct outcome *failure, bool probe)
{
	if (probe)
		api->probe_pause *= 2;
	if (api->probe_pause < PROBE_PAUSE_FIRST)
		api->probe_pause = PROBE_PAUSE_FIRST;
	if (api->probe_pause > PROBE_PAUSE_LAST)
		api->probe_pause = PROBE_PAUSE_LAST;
	api->down = true;
	api->probe_at = loop_now() + api->probe_pause;
	api->failure = *failure;
}

/* 409 is Cloudflare's edit conflict (code 10035): 1, 2, 4 s. Server errors: 0.2, 0.8, 3.2 s. */
int64_t http_pause_before_retry(long status, unsigned attempts, int64_t retry_after)
{
	unsigned before = attempts - 1;

	switch (status) {
	case 409:
		return 1000 << before;
	case 429:
		return retry_after ? retry_after : 1000 << before;
	case 500:
	case 502:
	case 503:
	case 504:
		return retry_after ? retry_after : 200 << (2 * before);
	default:
		return -1;
	}
}

struct outcome http_api_failure(const struct http_api *api)
{
	return api->failure;
}

struct http_api_status http_api_status(const struct http_api *api)
{
	int64_t quiet = api->quiet_until - loop_now();

	return (struct http_api_status){.name = api->name,
					.url = api->url,
					.state = api->down ? HTTP_API_DOWN : api->state,
					.reason = api->reason,
					.failure = api->failure,
					.requests = api->requests,
					.failures = api->failures,
					.budget = api->budget,
					.retry_after = quiet > 0 ? quiet : 0};
}

bool http_encode(char *buffer, size_t size, const char *text)
{
	static const char hexadecimal[] = "0123456789ABCDEF";
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";
	size_t used = strlen(buffer);

	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (used + 4 > size)
			return false;
		if (strchr(unreserved, byte)) {
			buffer[used++] = (char)byte;
		} else {
			buffer[used++] = '%';
			buffer[used++] = hexadecimal[byte >> 4];
			buffer[used++] = hexadecimal[byte & 15];
		}
	}
	buffer[used] = '\0';
	return true;
}
