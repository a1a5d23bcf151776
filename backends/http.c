/* SPDX-License-Identifier: MIT */
#include "http.h"
#include "http_api.h"
#include "http_failure.h"
#include "locked.h"
#include "version.h"
#include "wipe.h"
#include <curl/curl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

struct http {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer; /* libcurl's */
	struct http_api *apis;
	struct http_call *calls;
};

struct http_call {
	struct http_call *next, **previous;
	struct http_api *api;
	const struct value *body;
	char *method, *path, *content_type, *text;
	bool fresh, repeatable, repeated, conflict_is_final, probe, over_long;
	http_answered *answered;
	void *context;
	CURL *easy; /* NULL between attempts */
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
	struct loop_timer timer;
	int64_t deadline_at;
	unsigned attempts, sends; /* libcurl repeats some by itself */
	int64_t time_given;	  /* of the latest attempt */
	struct outcome failure;	  /* to be delivered by deliver_failure() */
	char *reply;
	size_t reply_length, reply_room, header_length;
};

#define ATTEMPTS_MAX 4
#define HEADERS_CEILING ((size_t)64 * 1024)

/* Seconds: Cloudflare's window is five minutes, and no server shuts us out for longer. */
#define RETRY_AFTER_MAX 300

/* Milliseconds: less than this is not worth an attempt; libcurl takes 0 for no limit. */
#define TIME_MIN 2
#define GRACE 20

/* An attempt that had less time than this says nothing about the API. */
#define TIME_TELLING 1000
#define CONNECTIONS_PER_HOST 8L

/* An address whole. */
#define URL_SIZE 4096

/* The least that libcurl takes: over TLS it copies each request into such a buffer. */
#define UPLOAD_BUFFER_SIZE 16384L

bool http_prepare(void)
{
	/* libcurl would write the keys of TLS connections to that file. */
	unsetenv("SSLKEYLOGFILE");
	return wipe_install() &&
	       curl_global_init_mem(CURL_GLOBAL_DEFAULT, locked_malloc, locked_free, locked_realloc,
				    locked_strdup, locked_calloc) == CURLE_OK &&
	       sodium_init() >= 0;
}

/* ---- calls ---- */

void http_add_api(struct http *http, struct http_api *api)
{
	api->next = http->apis;
	http->apis = api;
}

struct http_api *http_first_api(const struct http *http)
{
	return http->apis;
}

static void attempt(void *context);
static void finish_attempt(struct http_call *call, CURLcode code);

static void drop_transfer(struct http_call *call)
{
	if (call->easy) {
		curl_multi_remove_handle(call->api->http->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	call->easy = NULL;
	curl_slist_free_all(call->headers);
	call->headers = NULL;
	wipe_free(call->reply);
	call->reply = NULL;
	call->reply_length = call->reply_room = call->header_length = 0;
	if (call->probe)
		call->api->probing = false;
	call->probe = false;
}

static void free_call(struct http_call *call)
{
	drop_transfer(call);
	loop_timer_stop(call->api->http->loop, &call->timer);
	if (call->previous) {
		*call->previous = call->next;
		if (call->next)
			call->next->previous = call->previous;
	}
	free(call->method);
	free(call->path);
	free(call->content_type);
	free(call->text);
	free(call);
}

void http_cancel(struct http_call *call)
{
	free_call(call);
}

static void deliver_failure(void *context)
{
	struct http_call *call = context;
	struct http_reply reply = {.outcome = call->failure,
				   .repeated = call->repeated,
				   .sent = call->attempts > 0,
				   .body = "",
				   .request_id = ""};
	http_answered *answered = call->answered;

	context = call->context;
	free_call(call);
	answered(context, &reply);
}

/* Through the loop, since a caller of http_send does not expect to be called back at once. */
static void fail(struct http_call *call, const struct outcome *failure)
{
	call->failure = *failure;
	loop_timer_set(call->api->http->loop, &call->timer, 0, deliver_failure, call);
}

static void retry_after(struct http_call *call, int64_t milliseconds)
{
	loop_timer_set(call->api->http->loop, &call->timer, milliseconds, attempt, call);
}

static bool grow_reply(struct http_call *call, size_t length)
{
	size_t room = call->reply_room ? call->reply_room : 4096;
	char *reply;

	while (room <= length)
		room *= 2;
	if (room == call->reply_room)
		return true;
	reply = wipe_realloc(call->reply, room);
	if (!reply)
		return false;
	call->reply = reply;
	call->reply_room = room;
	return true;
}

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;
	size_t length = size * count;

	call->over_long = call->reply_length + length > HTTP_REPLY_CEILING;
	if (call->over_long || !grow_reply(call, call->reply_length + length))
		return CURL_WRITEFUNC_ERROR;
	memcpy(call->reply + call->reply_length, bytes, length);
	call->reply_length += length;
	call->reply[call->reply_length] = '\0';
	return length;
}

/* Trailers of a chunked body come here too, and libcurl has no ceiling for those. */
static size_t count_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_call *call = context;

	(void)bytes;
	call->header_length += size * count;
	call->over_long |= call->header_length > HEADERS_CEILING;
	return call->over_long ? 0 : size * count;
}

static bool add_header(struct http_call *call, const char *line)
{
	struct curl_slist *headers = curl_slist_append(call->headers, line);

	if (headers)
		call->headers = headers;
	return headers != NULL;
}

static bool add_token(struct http_call *call)
{
	static const char prefix[] = "Authorization: Bearer ";
	const struct value *token = call->api->token;
	size_t length = strlen(prefix) + value_length(token);
	char *line = locked_malloc(length + 1);
	bool added;

	if (!line)
		return false;
	memcpy(line, prefix, strlen(prefix));
	memcpy(line + strlen(prefix), value_bytes(token), value_length(token) + 1);
	added = add_header(call, line);
	locked_free(line);
	return added;
}

static bool add_headers(struct http_call *call)
{
	char line[128];

	if (!add_token(call) || !add_header(call, "Accept: application/json, */*;q=0.5"))
		return false;
	if (!call->body && !call->text)
		return true;
	snprintf(line, sizeof(line), "Content-Type: %s", call->content_type);
	return add_header(call, line) && add_header(call, "Expect:");
}

#define SET(option, argument) (curl_easy_setopt(easy, option, argument) == CURLE_OK)

/* Certificates are checked always; CURLOPT_CAPATH keeps its default, so that these add trust. */
static bool set_security(CURL *easy, const struct http_api *api)
{
	bool plain = !strncasecmp(api->url, "http:", 5);
	struct curl_blob authorities = {.data = api->authorities, .flags = CURL_BLOB_NOCOPY};

	if (api->authorities)
		authorities.len = strlen(api->authorities);
	return SET(CURLOPT_SSL_VERIFYPEER, 1L) && SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
	       SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       SET(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https") &&
	       (!plain || (SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOPROXY, "*"))) &&
	       (!api->authorities || SET(CURLOPT_CAINFO_BLOB, &authorities));
}

static bool set_limits(CURL *easy, struct http_call *call, int64_t left)
{
	return SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_QUICK_EXIT, 1L) &&
	       SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_TIMEOUT_MS, (long)left) &&
	       SET(CURLOPT_CONNECTTIMEOUT_MS, (long)left) &&
	       SET(CURLOPT_ERRORBUFFER, call->error) &&
	       SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

/* Called before each sending: on a kept connection that turns out to be dead, libcurl sends again.
 */
static int count_send(void *context, char *local, char *peer, int local_port, int peer_port)
{
	struct http_call *call = context;

	(void)local;
	(void)peer;
	(void)local_port;
	(void)peer_port;
	call->repeated |= call->sends++ > 0;
	return CURL_PREREQFUNC_OK;
}

static bool set_body(CURL *easy, const struct http_call *call)
{
	if (call->body)
		return SET(CURLOPT_POSTFIELDS, value_bytes(call->body)) &&
		       SET(CURLOPT_POSTFIELDSIZE, (long)value_length(call->body));
	return !call->text || (SET(CURLOPT_POSTFIELDS, call->text) &&
			       SET(CURLOPT_POSTFIELDSIZE, (long)strlen(call->text)));
}

static bool set_request(CURL *easy, struct http_call *call)
{
	char url[URL_SIZE], agent[100];

	snprintf(agent, sizeof(agent), "hsxfs/%s", hsxfs_version);
	if (snprintf(url, sizeof(url), "%s%s", call->api->url, call->path) >= (int)sizeof(url))
		return false;
	return set_body(easy, call) && SET(CURLOPT_FRESH_CONNECT, (long)call->fresh) &&
	       SET(CURLOPT_FORBID_REUSE, (long)call->fresh) && SET(CURLOPT_URL, url) &&
	       SET(CURLOPT_CUSTOMREQUEST, call->method) && SET(CURLOPT_HTTPHEADER, call->headers) &&
	       SET(CURLOPT_USERAGENT, agent) &&
	       SET(CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER_SIZE) &&
	       SET(CURLOPT_WRITEFUNCTION, receive) && SET(CURLOPT_WRITEDATA, call) &&
	       SET(CURLOPT_HEADERFUNCTION, count_header) && SET(CURLOPT_HEADERDATA, call) &&
	       SET(CURLOPT_PREREQFUNCTION, count_send) && SET(CURLOPT_PREREQDATA, call) &&
	       SET(CURLOPT_PRIVATE, call);
}

static void overdue(void *context)
{
	struct http_call *call = context;

	finish_attempt(call, CURLE_OPERATION_TIMEDOUT);
}

static bool begin_transfer(struct http_call *call, int64_t left)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		return false;
	call->error[0] = '\0';
	call->easy = easy;
	if (!add_headers(call) || !set_security(easy, call->api) || !set_limits(easy, call, left) ||
	    !set_request(easy, call) ||
	    curl_multi_add_handle(call->api->http->multi, easy) != CURLM_OK) {
		drop_transfer(call);
		return false;
	}
	call->attempts++;
	call->api->requests++;
	call->time_given = left;
	/* Should libcurl's own timer be late or lost, the deadline holds all the same. */
	loop_timer_set(call->api->http->loop, &call->timer, left + GRACE, overdue, call);
	return true;
}

static void attempt(void *context)
{
	struct http_call *call = context;
	struct http_api *api = call->api;
	struct outcome ready = http_api_ready(api);
	int64_t now = loop_now(), left = call->deadline_at - now;

	if (strlen(api->url) + strlen(call->path) >= URL_SIZE)
		ready = outcome_make(OUTCOME_BAD_NAME, "%s: the names are too long for an address",
				     api->name);
	if (ready.kind == OUTCOME_OK && left < TIME_MIN)
		ready = outcome_make(OUTCOME_TIMED_OUT, "%s: no time was left", api->name);
	if (ready.kind == OUTCOME_OK && api->quiet_until >= call->deadline_at)
		ready = outcome_advise(
		    outcome_make(OUTCOME_RATE_LIMITED,
				 "%s: the server wants no requests for another %lld s", api->name,
				 (long long)(api->quiet_until - now + 999) / 1000),
		    "wait that long, or mount with a longer -o deadline");
	if (ready.kind != OUTCOME_OK) {
		fail(call, &ready);
		return;
	}
	if (api->quiet_until > now) {
		retry_after(call, api->quiet_until - now);
		return;
	}
	call->probe = api->probing = api->down;
	if (!begin_transfer(call, left)) {
		ready = outcome_make(OUTCOME_NO_MEMORY, "no memory to send a request");
		fail(call, &ready);
	}
}

struct http_call *http_send(struct http_api *api, const struct http_request *request,
			    http_answered *answered, void *context)
{
	struct http_call *call = calloc(1, sizeof(*call));
	struct http *http = api->http;

	if (!call)
		return NULL;
	call->api = api;
	call->body = request->body;
	call->repeatable = request->repeatable;
	call->conflict_is_final = request->conflict_is_final;
	call->answered = answered;
	call->context = context;
	call->deadline_at = loop_now() + api->deadline;
	call->method = strdup(request->method);
	call->path = strdup(request->path);
	call->content_type = strdup(request->content_type ? request->content_type : "");
	call->text = request->text ? strdup(request->text) : NULL;
	call->fresh = request->fresh;
	if (!call->method || !call->path || !call->content_type || (request->text && !call->text)) {
		free_call(call);
		return NULL;
	}
	call->next = http->calls;
	call->previous = &http->calls;
	if (call->next)
		call->next->previous = &call->next;
	http->calls = call;
	attempt(call);
	return call;
}

/* ---- how attempts end ---- */

static bool is_cut(CURLcode code)
{
	return code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
	       code == CURLE_PARTIAL_FILE;
}

/* Another attempt `pause` milliseconds from now, if the deadline leaves room for one. */
static bool try_again(struct http_call *call, int64_t pause)
{
	if (!call->repeatable || call->attempts >= ATTEMPTS_MAX ||
	    loop_now() + pause >= call->deadline_at)
		return false;
	call->repeated = true;
	drop_transfer(call);
	retry_after(call, pause);
	return true;
}

/* One connection that was cut says little: whoever may not repeat wants to ask what came of it. */
static bool says_down(const struct http_call *call, CURLcode code)
{
	bool had_time = call->time_given >= TIME_TELLING || call->attempts <= 1;

	if (is_cut(code) && !call->repeatable)
		return false;
	if (call->failure.kind == OUTCOME_TIMED_OUT)
		return had_time;
	return outcome_is_unreachable(call->failure.kind) ||
	       call->failure.kind == OUTCOME_UNTRUSTED;
}

static void finish_failure(struct http_call *call, CURLcode code)
{
	struct http_api *api = call->api;

	call->failure = http_failure(api, call->easy, code, call->error, call->over_long);
	api->failures++;
	if (is_cut(code) && !call->over_long && try_again(call, 100 << call->attempts))
		return;
	if (says_down(call, code))
		http_api_mark_down(api, &call->failure, call->probe);
	deliver_failure(call);
}

static long header_number(CURL *easy, const char *name, const char *key)
{
	struct curl_header *header;
	const char *place;

	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return -1;
	place = strstr(header->value, key);
	return place ? strtol(place + strlen(key), NULL, 10) : -1;
}

/* What Retry-After (RFC 9110 10.2.3) says, in milliseconds; 0 if there is none. */
static int64_t retry_after_of(CURL *easy)
{
	curl_off_t seconds = 0;

	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds < 0)
		return 0;
	return (int64_t)(seconds > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : seconds) * 1000;
}

static bool is_json(CURL *easy)
{
	char *type = NULL;

	return curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type &&
	       strcasestr(type, "json") != NULL;
}

static void deliver_reply(struct http_call *call, long status)
{
	struct curl_header *ray = NULL;
	struct http_reply reply = {.api = call->api,
				   .status = (int)status,
				   .body = call->reply ? call->reply : "",
				   .length = call->reply_length,
				   .json = is_json(call->easy),
				   .repeated = call->repeated,
				   .sent = true,
				   .request_id = ""};
	http_answered *answered = call->answered;
	void *context = call->context;

	if (curl_easy_header(call->easy, "cf-ray", 0, CURLH_HEADER, -1, &ray) == CURLHE_OK)
		reply.request_id = ray->value;
	reply.outcome.http_status = (int)status;
	answered(context, &reply);
	free_call(call);
}

static void finish_answer(struct http_call *call)
{
	struct http_api *api = call->api;
	int64_t pause, wanted;
	long status = 0;
	long left = header_number(call->easy, "Ratelimit", "r=");

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	http_api_mark_up(api, status);
	if (left >= 0)
		api->budget = left;
	if (status >= 500)
		api->failures++;
	wanted = retry_after_of(call->easy);
	pause = http_pause_before_retry(status, call->attempts, wanted);
	if ((wanted > 0 || status == 429) && pause >= 0 && api->quiet_until < loop_now() + pause)
		api->quiet_until = loop_now() + pause;
	if (status == 409 && call->conflict_is_final)
		pause = -1;
	if (pause >= 0 && try_again(call, pause))
		return;
	deliver_reply(call, status);
}

static void finish_attempt(struct http_call *call, CURLcode code)
{
	if (code == CURLE_OK)
		finish_answer(call);
	else
		finish_failure(call, code);
}

/* ---- libcurl and the loop ---- */

static void read_messages(struct http *http)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left))) {
		struct http_call *call = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		finish_attempt(call, code);
	}
}

static void on_socket(void *context, int fd, uint32_t events)
{
	struct http *http = context;
	int what = 0, running;

	if (events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(http->multi, fd, what, &running);
	read_messages(http);
}

static void on_timer(void *context)
{
	struct http *http = context;
	int running;

	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	read_messages(http);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket)
{
	struct http *http = context;
	uint32_t events = 0;

	(void)easy;
	(void)socket;
	if (what == CURL_POLL_REMOVE) {
		loop_unwatch(http->loop, fd);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	return loop_watch(http->loop, fd, events, on_socket, http) ? 0 : -1;
}

static int watch_timer(CURLM *multi, long milliseconds, void *context)
{
	struct http *http = context;

	(void)multi;
	if (milliseconds < 0)
		loop_timer_stop(http->loop, &http->timer);
	else
		loop_timer_set(http->loop, &http->timer, milliseconds, on_timer, http);
	return 0;
}

struct http *http_new(struct loop *loop)
{
	struct http *http = calloc(1, sizeof(*http));
	CURLM *multi = curl_multi_init();

	if (!http || !multi ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, http) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, watch_timer) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, http) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS_PER_HOST) !=
		CURLM_OK) {
		curl_multi_cleanup(multi);
		free(http);
		return NULL;
	}
	http->loop = loop;
	http->multi = multi;
	return http;
}

void http_free(struct http *http)
{
	struct http_call *next;

	if (!http)
		return;
	for (struct http_call *call = http->calls; call; call = next) {
		next = call->next;
		free_call(call);
	}
	curl_multi_cleanup(http->multi);
	loop_timer_stop(http->loop, &http->timer);
	while (http->apis) {
		struct http_api *api = http->apis;

		http->apis = api->next;
		http_api_free(api);
	}
	free(http);
}
