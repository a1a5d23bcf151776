/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_HTTP_H
#define HSXFS_HTTP_H

#include "loop.h"
#include "outcome.h"
#include "value.h"

/*
 * HTTP/1.1 requests over libcurl's multi-socket interface, driven by the loop; libcurl appears in
 * http.c, in http_failure.c for its words of failure and in http_url.c for its parser of addresses.
 * A transfer never blocks the loop: names are resolved in libcurl's own thread.
 */

struct http;
struct http_api;
struct http_call;

/* The ceiling of a reply's body, in bytes; a longer one is OUTCOME_BAD_REPLY. */
#define HTTP_REPLY_CEILING ((size_t)5 * 1024 * 1024)

/*
 * Has wiping allocators put under libcurl, jansson and libcrypto and initialises them. Call it
 * once, before anything else of them is used and before any thread exists. False where that fails.
 */
checked bool http_prepare(void);

/* The connection pool, at most 8 connections a host. NULL where memory is short. */
checked struct http *http_new(struct loop *loop);

/* Ends every running call without calling back, closes all connections and frees the pool. */
void http_free(struct http *http);

/*
 * Says what is wrong with a base URL, or NULL if it will do: https, or http to a loopback
 * address; no user, query or fragment. The text is static.
 */
const char *http_url_problem(const char *url);

/*
 * The TCP port of an address: the one it names, or else its scheme's (for a proxy, libcurl's own:
 * 1080 unless it is https). 0 where it is no address.
 */
unsigned short http_url_port(const char *url);
unsigned short http_proxy_port(const char *proxy);

/* The server does not know the token: it may have been replaced where it comes from. */
typedef void http_token_refused(void *context);

/* What one API is reached by, and what is known of it. */
struct http_api_options {
	const char *name;	   /* for logs and .status, such as "acct_demo cloudflare" */
	const char *url;	   /* base, without a slash at its end */
	const char *authorities;   /* PEM, adds trust; NULL: the system's store alone */
	const struct value *token; /* sent as a bearer token (RFC 6750 2.1); NULL: there is none */
	const char *token_hint;	   /* where the token was looked for, for OUTCOME_NO_TOKEN */
	int64_t deadline;	   /* milliseconds for a call with all its retries */
	http_token_refused *token_refused; /* NULL: nobody wants to know */
	void *context;			   /* for token_refused */
};

/*
 * An API of the pool. All strings are copied; the token is borrowed until another is set, and then
 * as the one before. It lives as long as the pool. NULL where memory is short.
 */
checked struct http_api *http_api_new(struct http *http, const struct http_api_options *options);

/* What stands in the way of a call right now, without asking: no token, known to be down. */
struct outcome http_api_ready(struct http_api *api);

/*
 * Replaces the token. Attempts from now on take the new one; those on their way have a copy of the
 * one before, which stays borrowed, for http_api_examine, until the next call or http_free.
 */
void http_api_set_token(struct http_api *api, const struct value *token);

/*
 * What every answer goes through before anybody is told: it loses the server's text if that
 * repeats a token (see leak.h), and the owner hears of a token that was refused.
 */
void http_api_examine(struct http_api *api, struct outcome *outcome);

/* True if bytes hold a token, of twelve bytes or more, of any API of the pool. NULL: there is none. */
bool http_api_finds_token(const struct http_api *api, const char *bytes, size_t length);

/* How an API's last request ended. */
enum http_api_state {
	HTTP_API_UNKNOWN, /* none was sent yet */
	HTTP_API_UP,
	HTTP_API_REFUSED, /* the token */
	HTTP_API_FAILING, /* it answers with errors of its own (5xx) */
	HTTP_API_DOWN	  /* it does not answer */
};

/* A snapshot for .status. */
#define HTTP_API_REASON_SIZE 80
struct http_api_status {
	const char *name, *url;
	enum http_api_state state;
	struct outcome failure; /* why it is down; else of kind OUTCOME_OK */
	const char *reason;	/* why it is refused or failing; borrowed */
	unsigned long requests; /* sent, with every retry */
	unsigned long failures; /* that got no answer, or a 5xx */
	long budget;		/* requests left in the rate window, -1 if the server never said */
	int64_t retry_after;	/* milliseconds for which nothing is sent; 0: none */
};
struct http_api_status http_api_status(const struct http_api *api);

/* Why it is down; of kind OUTCOME_OK if it is not. */
struct outcome http_api_failure(const struct http_api *api);

struct http_request {
	const char *method;
	const char *path;	  /* begins with a slash; percent-encoded already */
	const char *content_type; /* with a body; "application/json" */
	const struct value *body; /* NULL: none. Borrowed until the call has ended */
	const char *text;	  /* a body that is no secret, instead; NULL: none. Copied */
	bool repeatable;	  /* may be sent again after a failure without a verdict */
	bool conflict_is_final;	  /* 409 is a verdict, not a reason to send it again */
	bool fresh; /* on a connection of its own: libcurl repeats what a kept one lost */
};

/* An answer. Everything in it is borrowed for the callback. */
struct http_reply {
	const struct http_api *api; /* that was asked; NULL where no token is to be looked for */
	struct outcome outcome; /* OUTCOME_OK if any whole HTTP answer came, whatever its status */
	int status;
	const char *body; /* NUL-terminated */
	size_t length;
	bool json;		/* the content type says JSON */
	bool repeated;		/* an earlier attempt may have reached the server */
	bool sent;		/* some attempt was begun: something may have left */
	const char *request_id; /* cf-ray, "" if none */
};

typedef void http_answered(void *context, const struct http_reply *reply);

/*
 * Sends a request; answered is called exactly once, never before this function returns, unless the
 * call is cancelled or the pool freed. Statuses 409, 429, 500, 502, 503 and 504 are tried again
 * within the deadline if the request is repeatable, honouring Retry-After (RFC 9110 10.2.3).
 * Nothing is sent to that API for as long as it says, 300 s at most. Returns NULL where memory is
 * short: then nothing is called.
 */
checked struct http_call *http_send(struct http_api *api, const struct http_request *request,
				    http_answered *answered, void *context);

/* Ends a call without calling back. */
void http_cancel(struct http_call *call);

/* Appends bytes percent-encoded (RFC 3986 2.3: unreserved characters stay). False if it does not
 * fit. */
checked bool http_encode(char *buffer, size_t size, const char *text);

#endif
