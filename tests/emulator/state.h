/* SPDX-License-Identifier: MIT */
#ifndef STATE_H
#define STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a script's versions and deployments the newest this many are kept; the counts go on. */
#define STATE_HISTORY_MAX 100

/*
 * What the emulated accounts hold. A script is an object: created_on, modified_on, versions (newest
 * last), version_count, deployments (newest last), deployment_count. A version: id, number,
 * created_on, source, annotations and bindings, an object from name to {type, …}, where a secret
 * has its value as text. A deployment: id, created_on, annotations, versions.
 */
struct state {
	json_t *tokens, *account_tokens; /* arrays of strings */
	json_t *accounts;		 /* from id to {name, scripts: from name to script, kv} */
	json_t *control_plane;		 /* as control.h says */
	size_t value_bytes, variables, name_bytes;
	size_t kv_writes_per_second; /* of one key; 0: any number */
	unsigned put_status;
	bool rate_enforced;
	long rate_quota, rate_window; /* requests, seconds */
	long rate_left;
	int64_t rate_reset; /* milliseconds since 1970 */
	unsigned long last_id;
};

/* Reads a seed file; false with the reason in problem. */
bool state_load(struct state *state, const char *file, char *problem, size_t size);
void state_free(struct state *state);

/* A new UUID, distinct in this state. */
json_t *state_id(struct state *state);

/* Now, as the API writes times. */
json_t *state_time(void);

/* An account's scripts, or one script; NULL if there is none. Borrowed. */
json_t *state_scripts(const struct state *state, const char *account);
json_t *state_script(const struct state *state, const char *account, const char *name);

/* Adds an empty script without any version, replacing one of that name. Borrowed. */
json_t *state_add_script(struct state *state, const char *account, const char *name);

/* A script's newest version, the one deployed to most requests, or one by id; NULL if none. */
json_t *script_newest(json_t *script);
json_t *script_live(json_t *script);
json_t *script_version(json_t *script, const char *id);

/* Whether the newest version is the one that is deployed. */
bool script_is_deployed(json_t *script);

/* Makes a version with these bindings, which are taken; annotations may be NULL. Borrowed. */
json_t *script_add_version(struct state *state, json_t *script, json_t *bindings,
			   const char *source, json_t *annotations);

/* Deploys: versions, which is taken, is an array of {version_id, percentage}. Borrowed. */
json_t *script_add_deployment(struct state *state, json_t *script, json_t *versions,
			      json_t *annotations);

/* Deploys one version to 100 %. Borrowed. */
json_t *script_deploy(struct state *state, json_t *script, json_t *version);

/* The bindings of a version. Borrowed. */
json_t *version_bindings(json_t *version);

/* Whether a binding is a secret of any kind. */
bool binding_is_secret(json_t *binding);

/*
 * Workers KV: an account's `kv` maps the id of a namespace to {title, keys: from key to {value or
 * hex, metadata?, expiration?}, written: from key to milliseconds}. Makes a namespace with a new id, or gives the one of that title or
 * id, or NULL. Borrowed.
 */
json_t *state_kv_add(struct state *state, const char *account, const char *title);
json_t *state_kv_titled(const struct state *state, const char *account, const char *title);
json_t *state_kv(const struct state *state, const char *account, const char *id);

/*
 * Puts a text value into the namespace of that title, which is made if need be, in place of the
 * key's value, metadata and expiration. Nothing happens if there is no such account.
 */
void state_kv_store(struct state *state, const char *cloudflare_account, const char *title,
		    const char *key, const char *value);

/* Counts a request in the rate window; false where the quota is enforced and used up. */
bool state_spend(struct state *state);

/* Seconds until the rate window is over, at least 1. */
long state_rate_seconds(const struct state *state);

#endif
