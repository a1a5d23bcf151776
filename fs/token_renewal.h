/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_TOKEN_RENEWAL_H
#define HSXFS_TOKEN_RENEWAL_H

#include "accounts.h"
#include "keeper.h"

/*
 * Tokens that change while mounted: the keeper is asked for one again when a server refuses it, and
 * for all of them on SIGHUP. Nothing waits for that.
 */

/* The server refused the token (http_token_refused; context: the connection). Asks for it again, at
 * most once in 10 s. */
void token_was_refused(void *context);

/* Asks for every token again; of one in the environment it is said, once, that it stays. */
void tokens_renew(struct filesystem *filesystem);

/*
 * The keeper has read one. Calls take it from now on; where there is none, or none that is good, it
 * is said in .errors and the one before stays.
 */
void token_came(struct filesystem *filesystem, const struct keeper_token *token);

#endif
