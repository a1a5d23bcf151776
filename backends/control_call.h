/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONTROL_CALL_H
#define HSXFS_CONTROL_CALL_H

#include "control_paths.h"

/*
 * Calls of a control plane. Private to control_plane.c, which sends them, and control_answer.c,
 * which says to the caller what came of them.
 */

/* How far the list of one project's routes is followed. */
#define ROUTE_PAGES_MAX 20

/* What has come of a project's routes so far; the items hold the texts. */
struct control_routes {
	struct control_route *items;
	size_t count, bytes; /* bytes: of all pages, as they were sent */
	bool attested;
	struct control_attestation serving;
	json_t *pages[ROUTE_PAGES_MAX];
	unsigned page_count;
};

struct control_call {
	struct control_call *next, **previous;
	struct control_plane *plane;
	struct http_call *http;
	bool sent; /* of a change: something may have left, when it ended */
	enum control_path path;
	char *names[CONTROL_NAMES];
	char *cursor;
	struct control_routes *routes;
	void *context;
	union {
		control_accounts_came *accounts;
		control_projects_came *projects;
		control_routes_came *routes;
		control_deploys_came *deploys;
		control_changed *changed;
		control_installs_came *installs;
		control_flag_changed *flag;
	} came;
};

/*
 * Calls back with the outcome and what the answer's body (NULL: none) says. Only for routes it may
 * ask for another page instead: then call->http is set again.
 */
void control_finish(struct control_call *call, const struct outcome *outcome, json_t *json);

/* Asks for the page at a cursor, NULL for the first. False where memory is short. */
checked bool control_ask(struct control_call *call, const char *cursor);

#endif
