/* SPDX-License-Identifier: MIT */
#ifndef ROUTES_H
#define ROUTES_H

#include "call.h"

/*
 * A path below /client/v4 with its function. In every function the call's captures are, as far as
 * the pattern has them: account, script or namespace, item. The account is known to exist.
 */
struct route {
	const char *method, *pattern;
	void (*answer)(struct call *call);
};

/* Tables that end with an entry without a method. */
extern const struct route account_routes[], script_routes[], secret_routes[], version_routes[];
extern const struct route kv_list_routes[], kv_value_routes[], kv_bulk_routes[];

/* Answers a call to the API: finds the route, checks the token, does what is asked. */
void routes_answer(struct call *call);

/* The script that the call is about, or NULL with the call answered. Borrowed. */
json_t *routes_script(struct call *call);

/*
 * The body as JSON, of one of two content types (other may be NULL), or NULL with the call
 * answered. A new reference.
 */
json_t *routes_body(struct call *call, const char *type, const char *other);

#endif
