/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONTROL_REPLY_H
#define HSXFS_CONTROL_REPLY_H

#include "control_plane.h"

/*
 * Reads the answers of a control plane, which may hold anything. Texts are usable if they are not
 * empty, have no control characters (so no NUL) and are not over-long; others count as not told.
 */

/* What is believed of one page. */
#define CONTROL_ITEMS_MAX 10000
#define CONTROL_CURSOR_MAX 1024
#define CONTROL_TEXT_MAX 1000

/*
 * What an answer says. On OUTCOME_OK *json is its body, a new reference that the caller drops, NULL
 * for a body that is empty (204); otherwise it is set to NULL. The message is one line.
 */
struct outcome control_outcome(const struct http_reply *reply, json_t **json);

/*
 * Finds a page's items, an array, and the next page's cursor (NULL: there is none, or it is the one
 * that was asked with). Both are borrowed from json. OUTCOME_BAD_REPLY where it is no page.
 */
struct outcome control_page(json_t *json, const char *cursor, json_t **items, const char **next);

/*
 * Each makes an array of the usable items and counts them; NULL where memory is short. The caller
 * frees it with free(3). The texts in it are borrowed from the items, in which numbers that stand
 * for ids may have been made texts.
 */
checked struct control_account *control_read_accounts(json_t *items, size_t *count);
checked struct control_project *control_read_projects(json_t *items, size_t *count);
checked struct control_deploy *control_read_deploys(json_t *items, size_t *count);

/* Reads a route; false if the item has no environment or none is active. */
checked bool control_read_route(json_t *item, struct control_route *route);

/* Reads an attestation; false if it is no object. */
checked bool control_read_attestation(json_t *item, struct control_attestation *attestation);

/* Reads a deploy; false if the item has no id. */
checked bool control_read_deploy(json_t *item, struct control_deploy *deploy);

/* Those of that account, project and environment; unshown: how many items are not among them. */
checked struct control_install *control_read_installs(json_t *items,
						      const struct control_scope *scope,
						      size_t *count, size_t *unshown);

/*
 * A member that is a usable text of at most so many bytes, or a number that is not negative; NULL
 * otherwise. Borrowed from the item.
 */
const char *control_text(json_t *item, const char *member, size_t ceiling);

#endif
