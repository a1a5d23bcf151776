/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_NAMESAKES_H
#define HSXFS_NAMESAKES_H

#include "accounts.h"

/*
 * Projects whose stores in Workers KV have the same names: `Acme CRM' and `acme-crm' make the same
 * slug, and so do project `b-c' of account `a' and project `c' of `a-b'.
 */

/* Enters a project, once, among all; false where memory is short. */
checked bool namesake_enter(struct project_state *project);

/*
 * OUTCOME_OK, or OUTCOME_AMBIGUOUS: a store that is found by the name of the project, its environment
 * and its app may be another project's. Between one of the configuration and one that is only told
 * of, it is the configuration's. Accounts that share no Cloudflare account have no store in common.
 */
struct outcome namesake_check(const struct project_state *project);

/* Forgets them all; NULL is allowed. */
void namesakes_free(void *projects_by_slug);

#endif
