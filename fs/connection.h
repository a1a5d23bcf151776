/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONNECTION_H
#define HSXFS_CONNECTION_H

#include "../backends/http.h"
#include "config.h"

struct filesystem;

/* An API with its token. */
struct connection {
	struct http_api *api;	      /* NULL: there is none */
	struct value *token;	      /* NULL: none was found */
	struct value *previous_token; /* NULL: it is the first one */
	const struct api_config *config;
	struct filesystem *filesystem;
	unsigned number;    /* of the token, see token_config */
	bool asking, again; /* the keeper for it; and once more after that */
	int64_t asked_at;   /* loop_now(), 0: never */
	bool said;	    /* that one in an environment variable stays as it is */
};

/*
 * Reads the token and the certificate authorities of an API and makes it ready to be asked; nothing is
 * sent. `owner` is the section of the configuration, such as "accounts.acct_demo.cloudflare", `name`
 * what messages call it. Without a token there is a warning, and calls fail with OUTCOME_NO_TOKEN.
 * False, with a line printed: a token file that others can read, authorities that cannot be read, or
 * no memory.
 */
checked bool connection_open(struct filesystem *filesystem, const struct api_config *config,
			     const char *owner, const char *name, struct connection *connection);

/* Once nothing is asked any more; the API itself is freed with the pool. */
void connection_free_tokens(struct connection *connection);

#endif
