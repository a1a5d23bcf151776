/* SPDX-License-Identifier: MIT */
#ifndef CONTROL_H
#define CONTROL_H

#include "call.h"

/*
 * The HS-X control plane as backends/control-plane.openapi.json has it, below /control-plane. What
 * it holds is state->control_plane: tokens, read_only_tokens, sync (whether flags are published),
 * history (promotions and rollbacks) and accounts. An account: name, cloudflareAccountId (may be
 * null), audit (newest first) and projects. A project: linked, workers and apps (arrays of
 * strings), routes (from environment to entry), deploys (newest first), attestation (may be null),
 * and environments: from name to {installs, generate_installs (may be null), apps: from id to
 * {flags: from key to flag}}.
 */

/* The ceiling of a request's body, in bytes. */
#define CONTROL_BODY_CEILING ((size_t)1024 * 1024)

/* Of the history and of an account's audit the newest this many are kept. */
#define CONTROL_HISTORY_MAX 1000

/* How far a path goes: each level's captures are account, project, environment, app, flag. */
enum control_level {
	CONTROL_TOP,
	CONTROL_ACCOUNT,
	CONTROL_PROJECT,
	CONTROL_LINKED,	     /* a project that has to be linked */
	CONTROL_ENVIRONMENT, /* an environment of a project */
	CONTROL_APP	     /* an app of an environment of a linked project */
};

/*
 * A path below /control-plane/v0 with its function, called only where the things that the path
 * names down to its level are there.
 */
struct control_route {
	const char *method, *pattern;
	enum control_level level;
	void (*answer)(struct call *call);
};

/* Tables that end with an entry without a method. */
extern const struct control_route control_list_routes[], control_deploy_routes[],
    control_flag_routes[];

/* Fills state->control_plane from the seed's member, which may be NULL; false with the reason. */
bool control_load(struct state *state, json_t *seed, char *problem, size_t size);

/* Whether a call is the control plane's; answers it. */
bool control_is(const struct call *call);
void control_answer(struct call *call);

/* The error envelope; with error NULL the code that is usual for the status. */
void control_error(struct call *call, unsigned status, const char *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The call's account and project, NULL where there is none. Borrowed. */
json_t *control_account(const struct call *call);
json_t *control_project(const struct call *call);

/* Whether it is one of the three environments. */
bool control_is_environment(const char *name);

/* Whether an array of strings has this one. */
bool control_has(json_t *array, const char *text);

/* A member that is an object, made where it is missing. Borrowed. */
json_t *control_child(json_t *object, const char *name);

/* The body, an object, or NULL with the call answered. A new reference. */
json_t *control_body(struct call *call);

/* What limit and cursor ask for; false with the call answered. */
struct control_page {
	size_t start, limit;
};
bool control_page(struct call *call, struct control_page *page);

/* Answers with a page: items, which are taken, of a list of so many. */
void control_list(struct call *call, const struct control_page *page, json_t *items, size_t total);

/* Notes a change in the account's audit; details, which are taken, go into its target. */
void control_audit(struct call *call, const char *action, json_t *details);

/* Fills in what a flag may leave out, and counts its version up from the one before. */
void control_complete_flag(json_t *flag, const char *key, json_int_t before);

/* Publishes the flags of one app, or of everything, to Workers KV, unless that is stopped. */
void control_publish(struct state *state, const char *account, const char *project,
		     const char *environment, const char *app);
void control_publish_all(struct state *state);

/* What /admin/state shows, a new reference; and POST /admin/control-plane. */
json_t *control_show(const struct state *state);
void control_admin(struct call *call);

#endif
