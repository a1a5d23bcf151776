/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <ctype.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "admin.h"
#include "answer.h"
#include "control.h"
#include "routes.h"

/* How often a waiting request looks whether its client is still there. */
#define LOOK_MS 20

/* What a request waits with, all under the emulator's lock. */
struct wait {
	struct emulator *emulator;
	unsigned generation; /* of the emulator when the request came */
	int socket;
	json_t *request; /* its record */
};

static void note_if_left(const struct wait *wait)
{
	char byte;

	if (recv(wait->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		record_left(wait->request);
}

static void sleep_unlocked(struct emulator *emulator, long milliseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += milliseconds * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&emulator->wake, &emulator->lock, &until);
}

/* Waits with the lock let go; a negative time is for ever. False where the request is dropped. */
static bool wait_for(const struct wait *wait, long milliseconds)
{
	int64_t end = now_ms() + milliseconds;

	while (wait->generation == wait->emulator->generation) {
		int64_t left = milliseconds < 0 ? LOOK_MS : end - now_ms();

		if (left <= 0)
			return true;
		sleep_unlocked(wait->emulator, left < LOOK_MS ? (long)left : LOOK_MS);
		note_if_left(wait);
	}
	return false;
}

/* Has the call answered as a rule says; false where it is to be dropped without an answer. */
static bool answer_by_rule(struct call *call, json_t *rule, const struct wait *wait)
{
	if (!wait_for(wait, rule_number(rule, "delay_ms")))
		return false;
	if (rule_applies(rule))
		routes_answer(call);
	if (!wait_for(wait, rule_number(rule, "answer_delay_ms")))
		return false;
	if (rule_true(rule, "hang"))
		return wait_for(wait, -1);
	if (rule_true(rule, "close"))
		return false;
	rule_answer(rule, call);
	return true;
}

static bool answer_api(struct call *call, const struct wait *wait)
{
	struct emulator *emulator = call->emulator;
	json_t *rule = rules_take(&emulator->rules, call);
	char seconds[24];
	bool answered = true;

	if (!control_is(call) && !state_spend(&emulator->state)) {
		answer_error(call, 429, 971, "Please wait and consider throttling your requests");
		snprintf(seconds, sizeof(seconds), "%ld", state_rate_seconds(&emulator->state));
		answer_header(call, "Retry-After", seconds);
	} else if (rule) {
		answered = answer_by_rule(call, rule, wait);
	} else {
		routes_answer(call);
	}
	json_decref(rule);
	return answered;
}

static void add_api_headers(struct call *call, json_t *request)
{
	const struct state *state = &call->emulator->state;
	char text[100];

	snprintf(text, sizeof(text), "\"default\";r=%ld;t=%ld", state->rate_left,
		 state_rate_seconds(state));
	answer_header(call, "Ratelimit", text);
	snprintf(text, sizeof(text), "\"burst\";q=%ld;w=%ld", state->rate_quota,
		 state->rate_window);
	answer_header(call, "Ratelimit-Policy", text);
	snprintf(text, sizeof(text), "%016llx-EMU",
		 (unsigned long long)json_integer_value(json_object_get(request, "number")));
	if (!json_object_get(call->answer.headers, "cf-ray"))
		answer_header(call, "cf-ray", text);
}

static bool answer_recorded(struct call *call, int socket)
{
	struct emulator *emulator = call->emulator;
	struct wait wait = {emulator, emulator->generation, socket, NULL};
	bool answered;

	wait.request = record_add(&emulator->record, call);
	answered = answer_api(call, &wait);
	if (answered) {
		if (!control_is(call))
			add_api_headers(call, wait.request);
		record_answered(&emulator->record, wait.request, call);
	}
	json_decref(wait.request);
	return answered;
}

static bool answer_call(struct call *call, int socket)
{
	bool answered = true;

	pthread_mutex_lock(&call->emulator->lock);
	if (admin_is(call))
		admin_answer(call);
	else
		answered = answer_recorded(call, socket);
	pthread_mutex_unlock(&call->emulator->lock);
	return answered;
}

static enum MHD_Result send_answer(struct call *call, struct MHD_Connection *connection)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    call->answer.length, call->answer.text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;
	const char *name;
	json_t *value;

	if (!response)
		return MHD_NO;
	json_object_foreach(call->answer.headers, name, value)
	    MHD_add_response_header(response, name, json_string_value(value));
	result = MHD_queue_response(connection, call->answer.status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	json_t *headers = context, *text = json_string(value ? value : "");
	char *lower = must(strdup(name));

	(void)kind;
	for (char *letter = lower; *letter; letter++)
		*letter = (char)tolower((unsigned char)*letter);
	json_object_set_new(headers, lower, text ? text : json_string("(not UTF-8)"));
	free(lower);
	return MHD_YES;
}

static void begin(struct call *call, struct MHD_Connection *connection, const char *method)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	call->begun = true;
	call->method = method;
	call->socket = info && info->socket_context ? *(unsigned long *)info->socket_context : 0;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, call->headers);
}

static int socket_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static enum MHD_Result on_data(void *context, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *data,
			       size_t *size, void **state)
{
	struct call *call = *state;

	(void)context;
	(void)url;
	(void)version;
	if (!call->begun) {
		begin(call, connection, method);
		return MHD_YES;
	}
	if (*size) {
		call_add_body(call, data, *size);
		*size = 0;
		return MHD_YES;
	}
	return answer_call(call, socket_of(connection)) ? send_answer(call, connection) : MHD_NO;
}

static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	(void)connection;
	return call_new(context, target);
}

static void on_end(void *context, struct MHD_Connection *connection, void **state,
		   enum MHD_RequestTerminationCode code)
{
	(void)context;
	(void)connection;
	(void)code;
	if (*state)
		call_free(*state);
	*state = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
			  enum MHD_ConnectionNotificationCode code)
{
	struct emulator *emulator = context;
	unsigned long *number;

	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		free(*state);
		return;
	}
	number = must(malloc(sizeof(*number)));
	pthread_mutex_lock(&emulator->lock);
	*number = ++emulator->sockets;
	pthread_mutex_unlock(&emulator->lock);
	*state = number;
}

/* libmicrohttpd would decode the path; %2F in a name must stay what it is. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context;
	(void)connection;
	return strlen(text);
}

struct MHD_Daemon *server_start(struct emulator *emulator, int socket)
{
	return MHD_start_daemon(
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL,
	    NULL, on_data, emulator, MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, emulator, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
	    emulator, MHD_OPTION_END);
}

void server_stop(struct emulator *emulator, struct MHD_Daemon *daemon)
{
	pthread_mutex_lock(&emulator->lock);
	emulator_release(emulator);
	pthread_mutex_unlock(&emulator->lock);
	MHD_stop_daemon(daemon);
}
