/* SPDX-License-Identifier: MIT */
#include "http.h"
#include "../../../backends/http_api.h"
#include "../../../backends/wipe.h"
#include <sodium.h>

struct http {
	struct loop *loop;
	struct http_api *apis;
	struct http_call *calls, **end;
};

struct http_call {
	struct http_call *next;
	struct http *http;
	http_answered *answered;
	void *context;
	char request[];
};

bool http_prepare(void)
{
	return wipe_install() && sodium_init() >= 0;
}

void http_add_api(struct http *http, struct http_api *api)
{
	api->next = http->apis;
	http->apis = api;
}

struct http_api *http_first_api(const struct http *http)
{
	return http->apis;
}

struct http *http_new(struct loop *loop)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->loop = loop;
	http->end = &http->calls;
	return http;
}

static void take_out(struct http_call *call)
{
	struct http *http = call->http;
	struct http_call **place = &http->calls;

	while (*place && *place != call)
		place = &(*place)->next;
	MUST(*place == call);
	*place = call->next;
	if (!call->next)
		http->end = place;
}

void http_cancel(struct http_call *call)
{
	take_out(call);
	free(call);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->calls)
		http_cancel(http->calls);
	while (http->apis) {
		struct http_api *api = http->apis;

		http->apis = api->next;
		http_api_free(api);
	}
	free(http);
}

/* Nothing that a name holds may get out of the path. */
static void check_request(const struct http_request *request)
{
	MUST(request->path[0] == '/' && !strstr(request->path, "/../"));
	for (const char *byte = request->path; *byte; byte++)
		MUST(*byte > ' ' && *byte < 0x7f);
	MUST(!request->body || value_length(request->body) > 0);
}

struct http_call *http_send(struct http_api *api, const struct http_request *request,
			    http_answered *answered, void *context)
{
	struct http *http = api->http;
	size_t size = strlen(request->method) + strlen(request->path) + 2;
	struct http_call *call = calloc(1, sizeof(*call) + size);

	if (!call)
		return NULL;
	check_request(request);
	api->requests++;
	call->http = http;
	call->answered = answered;
	call->context = context;
	snprintf(call->request, size, "%s %s", request->method, request->path);
	*http->end = call;
	http->end = &call->next;
	return call;
}

const char *fuzz_http_waiting(const struct http *http)
{
	return http->calls ? http->calls->request : NULL;
}

static const struct outcome no_answers[] = {
    {.kind = OUTCOME_TIMED_OUT, .message = "timed out"},
    {.kind = OUTCOME_REFUSED, .message = "refused"},
    {.kind = OUTCOME_UNTRUSTED, .message = "not trusted"},
    {.kind = OUTCOME_BAD_REPLY, .message = "no sense"},
    {.kind = OUTCOME_NO_TOKEN, .message = "no token"},
    {.kind = OUTCOME_RATE_LIMITED, .message = "too often"},
};

/* Lower case letters: no answer; the others: a status. */
static void read_status(uint8_t byte, struct http_reply *reply)
{
	static const int statuses[] = {200, 204, 201, 400, 401, 403, 404, 409, 412, 413,
				       422, 423, 429, 500, 502, 100, 302, 0,   999, 206};

	if (byte >= 'a' && byte <= 'z')
		reply->outcome =
		    no_answers[(size_t)(byte - 'a') % (sizeof(no_answers) / sizeof(*no_answers))];
	else if (byte >= 'A' && byte <= 'Z')
		reply->status =
		    statuses[(size_t)(byte - 'A') % (sizeof(statuses) / sizeof(*statuses))];
	else
		reply->status = 200;
}

bool fuzz_http_answer(struct http *http, struct fuzz_input answer)
{
	struct http_call *call = http->calls;
	struct http_reply reply = {.outcome = {.kind = OUTCOME_OK},
				   .request_id = "8f0c1d2e3a4b5c6d-AMS"};
	uint8_t bits;
	char *body;

	if (!call)
		return false;
	read_status(fuzz_byte(&answer), &reply);
	bits = fuzz_byte(&answer);
	reply.json = !(bits & 1);
	reply.repeated = bits & 2;
	reply.sent = !(bits & 4);
	if (reply.outcome.kind != OUTCOME_OK)
		answer.length = 0;
	body = malloc(answer.length + 1);
	MUST(body);
	if (answer.length)
		memcpy(body, answer.bytes, answer.length);
	body[answer.length] = '\0';
	reply.body = body;
	reply.length = answer.length;
	take_out(call);
	call->answered(call->context, &reply);
	free(call);
	free(body);
	return true;
}

static void stop(void *context)
{
	loop_stop(context);
}

void fuzz_loop_turn(struct loop *loop)
{
	struct loop_timer timer = {0};

	loop_timer_set(loop, &timer, 0, stop, loop);
	MUST(loop_run(loop));
	loop_timer_stop(loop, &timer);
}
