/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_OUTCOME_H
#define HSXFS_OUTCOME_H

/*
 * How an operation at a backend ended. An outcome is a plain value: it is copied, owns nothing
 * and needs no freeing. It never carries a secret's value. Backends choose the kind; only
 * fs/errno_table.c turns a kind into an errno.
 */

#include <stddef.h>

#define checked __attribute__((warn_unused_result))
#define printf_like(text, first) __attribute__((format(printf, text, first)))

enum outcome_kind {
	OUTCOME_OK,
	OUTCOME_SCRIPT_NOT_FOUND, /* the Worker, or the account, does not exist */
	OUTCOME_SECRET_NOT_FOUND,
	OUTCOME_TIMED_OUT,     /* the deadline passed before a whole answer came */
	OUTCOME_UNREACHABLE,   /* no route, or the name does not resolve */
	OUTCOME_REFUSED,       /* nobody listens there, or the connection was cut */
	OUTCOME_UNTRUSTED,     /* the certificate was not accepted */
	OUTCOME_BAD_REPLY,     /* an answer that makes no sense */
	OUTCOME_NO_TOKEN,      /* none was found, so nothing was sent */
	OUTCOME_TOKEN_REFUSED, /* the server does not know the token */
	OUTCOME_NOT_ALLOWED,   /* the token lacks the permission */
	OUTCOME_TOO_LARGE,     /* the value */
	OUTCOME_TOO_MANY,      /* secrets on one Worker */
	OUTCOME_NAME_TAKEN,    /* by a binding of another kind */
	OUTCOME_BAD_NAME,
	OUTCOME_BAD_VALUE,
	OUTCOME_READ_ONLY,    /* the environment owns no script, or the mount is -o ro */
	OUTCOME_NOT_DEPLOYED, /* the newest version is not the deployed one (10214, 10215) */
	OUTCOME_CONFLICT,     /* somebody else kept changing the Worker */
	OUTCOME_RATE_LIMITED,
	OUTCOME_QUEUE_FULL, /* waited longer than -o queue for the Worker's turn */
	OUTCOME_SERVER_ERROR,
	OUTCOME_NO_MEMORY,
	OUTCOME_NO_SPACE,      /* on the disk that holds a dotenv file */
	OUTCOME_LOCAL_ERROR,   /* a file of ours could not be read or written */
	OUTCOME_UNREADABLE,    /* the mount is -o unreadable */
	OUTCOME_OTHER_CALLER,  /* a descriptor that another user opened */
	OUTCOME_CANCELLED,     /* the caller pressed Ctrl-C or is dying */
	OUTCOME_BRAKED,	       /* too many removals */
	OUTCOME_NOT_SUPPORTED, /* the tree has no such operation */
	OUTCOME_NOT_FOUND,     /* a project, flag, deploy, key or namespace */
	OUTCOME_AMBIGUOUS,     /* several things have a name that must be one thing's */
	OUTCOME_GATE_CLOSED,   /* the control plane's rules do not allow it now */
	OUTCOME_PROMOTION_OFF, /* the configuration does not allow promotions */
	OUTCOME_NOT_LISTED,    /* a directory is there, but not what it would list */
	OUTCOME_KINDS	       /* how many there are */
};

struct outcome {
	enum outcome_kind kind;
	int http_status;     /* 0: no HTTP answer was had */
	long code;	     /* the server's own number, 0 if none */
	char message[400];   /* what happened, in the server's words where it had any */
	char advice[300];    /* what the user can do; may be empty */
	char request_id[48]; /* the server's name for the request, for the journal; may be empty */
};

/*
 * Returns an outcome of this kind with its message formatted (cut at the end if over-long, but not
 * inside a character).
 */
struct outcome outcome_make(enum outcome_kind kind, const char *format, ...) printf_like(2, 3);

/* Returns a copy of the outcome with its advice replaced. */
struct outcome outcome_advise(struct outcome outcome, const char *format, ...) printf_like(2, 3);

/* Puts the prefix and `: ' before the message, of which so many bytes stay at most. */
void outcome_prefix(struct outcome *outcome, size_t ceiling, const char *prefix);

/*
 * Keeps the server's name for the request: 16 digits of `0-9a-f`, then perhaps a dash and up to four
 * capitals. Anything else might be what the server was sent, and is not kept.
 */
void outcome_name_request(struct outcome *outcome, const char *request_id);

/*
 * True for the kinds that say "could not ask": the server gave no verdict, so what is known of
 * it may be shown as stale and its absence says nothing about a name.
 */
int outcome_is_unreachable(enum outcome_kind kind);

#endif
