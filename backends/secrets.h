/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_SECRETS_H
#define HSXFS_SECRETS_H

#include "outcome.h"
#include "value.h"
#include <stdint.h>

/*
 * The contract of a secrets backend: where the secrets of one environment live.
 *
 * All functions are called from the loop's one thread, and all callbacks come back on it. None of
 * them blocks on the network. A callback is called exactly once, possibly before the function
 * that took it has returned, unless the backend is freed first: then it is never called.
 */

#define SECRETS_SCRIPTS_MAX 32

/* The most names that a listing may have. */
#define SECRETS_NAMES_MAX 100000

/* One listed name. */
struct secret_name {
	char *name;	  /* NUL-terminated; may be any text that a server can send */
	bool key;	  /* a secret_key binding: listed, but not writable here */
	uint32_t missing; /* bit i: script i of the environment lacks the name */
};

/* A listing: the union of the scripts' names, in no particular order, no name twice. */
struct secret_names {
	size_t count;
	struct secret_name *items;
	size_t *slots; /* a hash table of positions in items, plus one; 0: free */
	size_t slot_count;
	size_t with_nul;       /* further names, that hold a NUL and cannot be told */
	unsigned char key[16]; /* of the hash, random */
};

/* The item of that name, borrowed; NULL if it is not listed. */
struct secret_name *secret_names_find(const struct secret_names *names, const char *name);

/* Frees a listing and the names in it; NULL is allowed. */
void secret_names_free(struct secret_names *names);

/*
 * Adds a name or, if it is there already, clears its missing bit for that script. `script` counts
 * from 0, `scripts` is how many the environment has. False where memory is short, or where there
 * are SECRETS_NAMES_MAX already.
 */
checked bool secret_names_add(struct secret_names *names, const char *name, bool key,
			      unsigned script, unsigned scripts);

/* Removes a name, if it is there. */
void secret_names_remove(struct secret_names *names, const char *name);

/* The end of a listing. On success names is the callee's to free; otherwise it is NULL. */
typedef void secrets_listed(void *context, const struct outcome *outcome,
			    struct secret_names *names);

/* The end of a change. The outcome is borrowed for the call. */
typedef void secrets_done(void *context, const struct outcome *outcome);

struct secrets;

struct secrets_ops {
	/* True if a listing costs no request, so that it may be asked for any time. */
	bool local;

	/*
	 * Lists the names, one request a script. Ends with the first failure in the order of the
	 * scripts, else OUTCOME_OK. May be called while another listing runs.
	 */
	void (*list)(struct secrets *secrets, secrets_listed *listed, void *context);

	/*
	 * Sets a secret in every script. The value has passed the newline rule already; it is
	 * borrowed until done is called. With several scripts the outcome is the first failure's,
	 * and its message names the scripts that have the new value and those that do not, as
	 * many as fit.
	 */
	void (*set)(struct secrets *secrets, const char *name, const struct value *value,
		    secrets_done *done, void *context);

	/*
	 * Removes a secret from every script. OUTCOME_SECRET_NOT_FOUND only if no script had it.
	 */
	void (*unset)(struct secrets *secrets, const char *name, secrets_done *done, void *context);

	/*
	 * Ends the change that was begun with this context, without calling back. True if a request
	 * of it was on its way, so that nobody knows whether the server took it. Nothing happens,
	 * and the answer is false, if none with that context runs.
	 */
	bool (*cancel)(struct secrets *secrets, const void *context);

	/*
	 * What is known to stand in the way of a request right now (no token, known to be down),
	 * without asking anyone; OUTCOME_OK if nothing is.
	 */
	struct outcome (*ready)(struct secrets *secrets);

	/* How many scripts the environment has (for dotenv: 1), and what each is called. */
	unsigned (*scripts)(const struct secrets *secrets);
	const char *(*script)(const struct secrets *secrets, unsigned index);

	/* Ends whatever runs, without calling back, and frees. */
	void (*free)(struct secrets *secrets);
};

/* Every backend's own struct begins with this one. */
struct secrets {
	const struct secrets_ops *ops;
};

#endif
