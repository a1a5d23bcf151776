/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONTROL_PLANE_H
#define HSXFS_CONTROL_PLANE_H

#include "http.h"
#include <jansson.h>

/*
 * The HS-X control plane, as control-plane.openapi.json beside this file describes it: HS-X
 * publishes no reference (CONTROL-PLANE.md says what is documented and what is assumed). Everything
 * runs on the loop's one thread. Members and values that are not known are passed over.
 */

/* The paths of the contract that are asked for; the configuration may replace each of them. */
enum control_path {
	CONTROL_ACCOUNTS,
	CONTROL_PROJECTS,
	CONTROL_ROUTES,
	CONTROL_DEPLOYS,
	CONTROL_DEPLOY,
	CONTROL_PROMOTE,
	CONTROL_ROLLBACK,
	CONTROL_INSTALLS,
	CONTROL_FLAGS,
	CONTROL_FLAG,
	CONTROL_PATHS
};

/* A path's name in the configuration, and its template, such as
 * "/v0/accounts/{account}/projects/{project}/routes". */
struct control_path_type {
	const char *name, *template;
};
extern const struct control_path_type control_path_types[CONTROL_PATHS];

/*
 * What is wrong with a template for that path, or NULL: it begins with a slash, holds printable
 * ASCII but no `?`, `#` or space, no segment `.` or `..`, and each placeholder of the path's own
 * template exactly once, and no others. The text is static.
 */
const char *control_path_problem(enum control_path path, const char *template);

/*
 * A name that can be asked with: of 1 to 255 bytes, and neither `.` nor `..`, which are taken out
 * of addresses. The functions below answer NULL to any other, as where memory is short.
 */
#define CONTROL_NAME_MAX 255
bool control_name_is_valid(const char *name);

struct control_plane;
struct control_call;

/*
 * The control plane behind an API. paths: CONTROL_PATHS templates, NULL for the contract's own; all
 * is copied. NULL where memory is short.
 */
checked struct control_plane *control_plane_new(struct http_api *api, const char *const *paths);

/* Ends what runs without calling back. NULL is allowed. */
void control_plane_free(struct control_plane *plane);

/* What stands in the way of a call, without asking; see http_api_ready. */
struct outcome control_plane_ready(const struct control_plane *plane);

/* Ends a call without calling back. */
void control_cancel(struct control_call *call);

/*
 * Lists come in pages. Each function below asks for the page at a cursor (NULL: the first) and
 * calls back exactly once, never before it has returned; NULL where memory is short: then nothing
 * is called. All that the callback is given is borrowed for the call. `next` is the next page's
 * cursor, NULL after the last page (also where a server repeats the cursor it was given). An item
 * without its id is passed over. Lists are asked for in pages of 1,000.
 *
 * Outcomes: OUTCOME_OK; OUTCOME_NOT_FOUND (404); OUTCOME_TOKEN_REFUSED (401), OUTCOME_NOT_ALLOWED
 * (403), OUTCOME_BAD_VALUE (400, 422 and code environment_mismatch), OUTCOME_GATE_CLOSED (409, 423,
 * with the server's own text), OUTCOME_CONFLICT (code version_conflict, 412), OUTCOME_NAME_TAKEN
 * (code exists), OUTCOME_TOO_LARGE (413), OUTCOME_RATE_LIMITED (429), OUTCOME_SERVER_ERROR (5xx),
 * OUTCOME_BAD_REPLY, and those of http.h.
 */
struct control_account {
	const char *id;
	const char *cloudflare_account_id; /* NULL: none */
};
typedef void control_accounts_came(void *context, const struct outcome *outcome,
				   const struct control_account *accounts, size_t count,
				   const char *next);
checked struct control_call *control_accounts(struct control_plane *plane, const char *cursor,
					      control_accounts_came *came, void *context);

struct control_project {
	const char *id;
	bool linked; /* true where the server does not say */
	const char **workers, **apps;
	size_t worker_count, app_count;
};
typedef void control_projects_came(void *context, const struct outcome *outcome,
				   const struct control_project *projects, size_t count,
				   const char *next);
checked struct control_call *control_projects(struct control_plane *plane, const char *account,
					      const char *cursor, control_projects_came *came,
					      void *context);

/* One environment's route; one where nothing is active is passed over. `previous`, `reason` and
 * `updated` are NULL where there is none. */
struct control_route {
	const char *environment, *active, *previous, *reason, *updated;
};

/* What a Worker attested last. */
struct control_attestation {
	const char *deploy, *environment; /* NULL: not told */
	bool healthy;
	const char *at; /* RFC 3339, NULL: not told */
};
typedef void control_routes_came(void *context, const struct outcome *outcome,
				 const struct control_route *routes, size_t count,
				 const struct control_attestation *serving /* NULL: none */);

/* One request for all environments of a project; more only if the server pages. */
checked struct control_call *control_routes(struct control_plane *plane, const char *account,
					    const char *project, control_routes_came *came,
					    void *context);

struct control_deploy {
	const char *id, *status, *created, *manifest_hash; /* but id: NULL where not told */
	bool attested;
	struct control_attestation attestation;
};
typedef void control_deploys_came(void *context, const struct outcome *outcome,
				  const struct control_deploy *deploys, size_t count,
				  const char *next);
checked struct control_call *control_deploys(struct control_plane *plane, const char *account,
					     const char *project, const char *cursor,
					     control_deploys_came *came, void *context);

/* One deploy by its id: on OUTCOME_OK exactly one, the one that was asked for. */
checked struct control_call *control_deploy(struct control_plane *plane, const char *account,
					    const char *project, const char *deploy,
					    control_deploys_came *came, void *context);

/*
 * Changes what is live, on a fresh connection, and is never sent twice. `lost` is true where the
 * request may have arrived but no answer did (cut, timed out, or no answer of this API): the
 * caller has to look.
 */
typedef void control_changed(void *context, const struct outcome *outcome, bool lost);
checked struct control_call *control_promote(struct control_plane *plane, const char *account,
					     const char *project, const char *environment,
					     const char *deploy, control_changed *changed,
					     void *context);

/* Goes back from the deploy that is active to the one that was before it. */
checked struct control_call *control_rollback(struct control_plane *plane, const char *account,
					      const char *project, const char *environment,
					      const char *from, const char *to,
					      control_changed *changed, void *context);

/* An installed portal. The allow-list: everything else that a server sends is dropped unread. */
struct control_install {
	const char *portal;				    /* decimal digits */
	const char *app;				    /* decimal digits, or NULL */
	const char *install_id, *state, *updated, *created; /* NULL: not told, or not fit to show */
};
typedef void control_installs_came(void *context, const struct outcome *outcome,
				   const struct control_install *installs, size_t count,
				   size_t unshown, const char *next);

/*
 * One page of an environment's installs. unshown: items of the page that were passed over, since
 * they have no decimal portalId, or are of another account, project or environment. A state is a
 * word of [A-Za-z0-9_-], up to 32, with two digits at most; ids are [A-Za-z0-9_.-], up to 64; times
 * are RFC 3339, up to 40, passed on as sent. What is not of that form, or begins as tokens do
 * (`pat-', `eyJ'), is NULL: it might be anything.
 */
checked struct control_call *control_installs(struct control_plane *plane, const char *account,
					      const char *project, const char *environment,
					      const char *cursor, control_installs_came *came,
					      void *context);

/* Whose flags. */
struct control_scope {
	const char *account, *project, *environment, *app;
};

/* On OUTCOME_OK the flag as it is now (borrowed, an object), NULL if the answer had none. */
typedef void control_flag_changed(void *context, const struct outcome *outcome, json_t *flag,
				  bool lost);

/* POST, PUT and PATCH of the contract. body is borrowed for the call of this function. None is sent
 * twice by us. */
checked struct control_call *control_flag_create(struct control_plane *plane,
						 const struct control_scope *scope, json_t *body,
						 control_flag_changed *changed, void *context);
checked struct control_call *control_flag_replace(struct control_plane *plane,
						  const struct control_scope *scope,
						  const char *key, json_t *body,
						  control_flag_changed *changed, void *context);
checked struct control_call *control_flag_patch(struct control_plane *plane,
						const struct control_scope *scope, const char *key,
						json_t *body, control_flag_changed *changed,
						void *context);

#endif
