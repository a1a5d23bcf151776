/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CLOUDFLARE_H
#define HSXFS_CLOUDFLARE_H

#include "http.h"
#include "secrets.h"

/*
 * The secrets backend over the Cloudflare API v4
 * (developers.cloudflare.com/api/resources/workers/subresources/scripts/subresources/secrets).
 */

struct cloudflare_account;

/*
 * One Cloudflare account, reached through an API. It keeps the queue of every script, so all
 * environments of an account must be made from one. queue_limit: milliseconds that a change may
 * wait for its script's turn. NULL where memory is short; free it after the secrets made from it.
 */
checked struct cloudflare_account *cloudflare_account_new(struct http_api *api, struct loop *loop,
							  struct arena *arena,
							  const char *account_id,
							  int64_t queue_limit);
void cloudflare_account_free(struct cloudflare_account *account);

/* True if the account has secrets of that script. */
bool cloudflare_account_has(const struct cloudflare_account *account, const char *script);

/*
 * The secrets of one environment: scripts are Worker names, 1 to SECRETS_SCRIPTS_MAX of them,
 * copied. NULL where memory is short.
 */
checked struct secrets *cloudflare_secrets_new(struct cloudflare_account *account,
					       const char *const *scripts, unsigned count);

#endif
