/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_TOKEN_SEARCH_H
#define HSXFS_TOKEN_SEARCH_H

#include "http.h"
#include <jansson.h>

/*
 * A server knows the token that it was sent, and its answers become names, files and messages. What
 * holds a token of twelve bytes or more, of any API of the mount, is not believed.
 */

/* True if a text or the name of a member does, at any depth. api NULL: there are no tokens. */
bool token_is_in(const struct http_api *api, const json_t *json);

/* OUTCOME_BAD_REPLY if the answer does, as it came or in what was read of it; OUTCOME_OK if not. */
struct outcome token_search(const struct http_reply *reply, const json_t *json);

#endif
