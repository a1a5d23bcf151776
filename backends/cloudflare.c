/* SPDX-License-Identifier: MIT */
#include "cloudflare.h"
#include "cloudflare_reply.h"
#include "script_queue.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct script {
	struct script *next;
	struct script_queue *queue;
	const char *name; /* the queue's */
	unsigned owners;  /* secrets that were made of it and not freed */
};

struct cloudflare_account {
	struct http_api *api;
	struct loop *loop;
	struct arena *arena;
	char *id;
	int64_t queue_limit;
	struct script *scripts;
	void *by_name; /* the same, as a tree: a control plane may tell of any number */
};

struct cloudflare_secrets {
	struct secrets base;
	struct cloudflare_account *account;
	struct script *scripts[SECRETS_SCRIPTS_MAX];
	unsigned script_count;
	struct operation *operations; /* running ones */
};

enum action { LIST, SET, UNSET };

/* One script's share of an operation. */
struct part {
	struct operation *operation;
	struct script *script;
	struct script_change change;
	struct http_call *call; /* of a listing */
	struct outcome outcome;
};

/* One call of the backend, spread over the scripts of the environment. */
struct operation {
	struct operation *next, **previous;
	struct cloudflare_secrets *secrets;
	enum action action;
	char *name;
	struct secret_names *names;
	secrets_listed *listed;
	secrets_done *done;
	void *context;
	unsigned parts_left;
	struct part parts[];
};

static void free_operation(struct operation *operation)
{
	for (unsigned i = 0; i < operation->secrets->script_count; i++) {
		struct part *part = &operation->parts[i];

		if (part->call)
			http_cancel(part->call);
		script_queue_drop(&part->change);
	}
	*operation->previous = operation->next;
	if (operation->next)
		operation->next->previous = operation->previous;
	secret_names_free(operation->names);
	free(operation->name);
	free(operation);
}

static struct operation *new_operation(struct cloudflare_secrets *secrets, enum action action,
				       const char *name)
{
	unsigned count = secrets->script_count;
	struct operation *operation =
	    calloc(1, sizeof(*operation) + count * sizeof(*operation->parts));

	if (!operation)
		return NULL;
	operation->secrets = secrets;
	operation->action = action;
	operation->parts_left = count;
	operation->previous = &secrets->operations;
	operation->next = secrets->operations;
	if (operation->next)
		operation->next->previous = &operation->next;
	secrets->operations = operation;
	operation->name = strdup(name);
	operation->names = calloc(1, sizeof(*operation->names));
	for (unsigned i = 0; i < count; i++)
		operation->parts[i] =
		    (struct part){.operation = operation, .script = secrets->scripts[i]};
	if (operation->name && operation->names)
		return operation;
	free_operation(operation);
	return NULL;
}

/* ---- the verdict over several scripts ---- */

/* Removing a name that some script never had is no failure as long as another had it. */
static bool counts_as_done(const struct operation *operation, const struct part *part)
{
	if (part->outcome.kind == OUTCOME_OK)
		return true;
	if (operation->action != UNSET || part->outcome.kind != OUTCOME_SECRET_NOT_FOUND)
		return false;
	for (unsigned i = 0; i < operation->secrets->script_count; i++)
		if (operation->parts[i].outcome.kind == OUTCOME_OK)
			return true;
	return false;
}

static void list_scripts(const struct operation *operation, bool done, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < operation->secrets->script_count && used < size; i++) {
		const struct part *part = &operation->parts[i];

		if (counts_as_done(operation, part) == done)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
						 script_queue_name(part->script->queue));
	}
}

/* The first failure in the scripts' order; a name that a script never had counts only if none had
 * it. */
static struct outcome first_failure(const struct operation *operation)
{
	struct outcome outcome = {.kind = OUTCOME_OK};

	if (operation->parts[0].outcome.kind == OUTCOME_OK)
		outcome = operation->parts[0].outcome;
	for (unsigned i = operation->secrets->script_count; i-- > 0;) {
		const struct part *part = &operation->parts[i];
		bool absent =
		    operation->action == UNSET && part->outcome.kind == OUTCOME_SECRET_NOT_FOUND;

		if (!counts_as_done(operation, part) && (!absent || outcome.kind == OUTCOME_OK))
			outcome = part->outcome;
	}
	return outcome;
}

static struct outcome verdict(const struct operation *operation)
{
	struct outcome outcome = first_failure(operation);
	char done[150], failed[150];

	if (outcome.kind == OUTCOME_OK || operation->action == LIST ||
	    operation->secrets->script_count == 1)
		return outcome;
	list_scripts(operation, true, done, sizeof(done));
	list_scripts(operation, false, failed, sizeof(failed));
	if (done[0]) {
		char prefix[330];

		snprintf(prefix, sizeof(prefix), "done on %s; not on %s", done, failed);
		outcome_prefix(&outcome, 90, prefix);
	}
	return outcome;
}

static void end_part(struct part *part, const struct outcome *outcome)
{
	struct operation *operation = part->operation;
	struct outcome whole;

	part->call = NULL;
	part->outcome = *outcome;
	if (--operation->parts_left > 0)
		return;
	whole = verdict(operation);
	if (operation->action == LIST) {
		struct secret_names *names = operation->names;

		operation->names = NULL;
		if (whole.kind != OUTCOME_OK) {
			secret_names_free(names);
			names = NULL;
		}
		operation->listed(operation->context, &whole, names);
	} else {
		operation->done(operation->context, &whole);
	}
	free_operation(operation);
}

static void end_without_memory(struct part *part)
{
	struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

	end_part(part, &outcome);
}

/* ---- changing ---- */

static void part_changed(void *context, const struct outcome *outcome)
{
	end_part(context, outcome);
}

static void change(struct secrets *base, enum action action, const char *name,
		   const struct value *value, secrets_done *done, void *context)
{
	struct cloudflare_secrets *secrets = (struct cloudflare_secrets *)base;
	struct operation *operation = new_operation(secrets, action, name);
	unsigned count = secrets->script_count;

	if (!operation) {
		struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

		done(context, &outcome);
		return;
	}
	operation->done = done;
	operation->context = context;
	/* The last part to fail at once may free the operation. */
	for (unsigned i = 0; i < count; i++) {
		struct part *part = &operation->parts[i];

		script_queue_add(part->script->queue, &part->change, operation->name, value,
				 part_changed, part);
	}
}

static void set(struct secrets *secrets, const char *name, const struct value *value,
		secrets_done *done, void *context)
{
	change(secrets, SET, name, value, done, context);
}

static void unset(struct secrets *secrets, const char *name, secrets_done *done, void *context)
{
	change(secrets, UNSET, name, NULL, done, context);
}

static bool cancel(struct secrets *base, const void *context)
{
	struct cloudflare_secrets *secrets = (struct cloudflare_secrets *)base;
	struct operation *operation = secrets->operations;
	bool on_its_way = false;

	while (operation && (operation->context != context || operation->action == LIST))
		operation = operation->next;
	if (!operation)
		return false;
	for (unsigned i = 0; i < secrets->script_count; i++) {
		struct part *part = &operation->parts[i];
		bool ended = !part->change.queue;

		on_its_way |= script_queue_cancel(&part->change) ||
			      (ended && (part->outcome.kind == OUTCOME_OK ||
					 outcome_is_unreachable(part->outcome.kind)));
	}
	free_operation(operation);
	return on_its_way;
}

/* ---- listing ---- */

static struct outcome not_added(const struct secret_names *names)
{
	if (names->count >= SECRETS_NAMES_MAX)
		return outcome_make(OUTCOME_BAD_REPLY, "the listing has more than %d names",
				    SECRETS_NAMES_MAX);
	return outcome_make(OUTCOME_NO_MEMORY, "no memory for a listing");
}

static struct outcome add_names(struct part *part, json_t *result)
{
	struct operation *operation = part->operation;
	unsigned script = (unsigned)(part - operation->parts);
	size_t i;
	json_t *item;

	if (!json_is_array(result))
		return outcome_make(OUTCOME_BAD_REPLY, "the listing is not an array");
	json_array_foreach(result, i, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));
		const char *type = json_string_value(json_object_get(item, "type"));

		if (name && strlen(name) != json_string_length(json_object_get(item, "name"))) {
			operation->names->with_nul++;
			continue;
		}
		if (!name)
			return outcome_make(OUTCOME_BAD_REPLY,
					    "a listed secret of `%s' has no name",
					    script_queue_name(part->script->queue));
		if (!secret_names_add(operation->names, name, type && !strcmp(type, "secret_key"),
				      script, operation->secrets->script_count))
			return not_added(operation->names);
	}
	return (struct outcome){.kind = OUTCOME_OK};
}

static void list_answered(void *context, const struct http_reply *reply)
{
	struct part *part = context;
	json_t *result;
	struct outcome outcome = cloudflare_outcome(reply, &result);

	if (outcome.kind == OUTCOME_OK)
		outcome = add_names(part, result);
	json_decref(result);
	script_queue_name_outcome(part->script->queue, &outcome);
	end_part(part, &outcome);
}

static void list_part(struct part *part)
{
	struct http_request request = {.method = "GET", .repeatable = true};
	struct outcome too_long =
	    outcome_make(OUTCOME_BAD_NAME, "the Worker's name is too long for an address");
	char path[1200];

	if (!script_queue_path(part->script->queue, "/secrets", path, sizeof(path))) {
		end_part(part, &too_long);
		return;
	}
	request.path = path;
	part->call =
	    http_send(part->operation->secrets->account->api, &request, list_answered, part);
	if (!part->call)
		end_without_memory(part);
}

static void list(struct secrets *base, secrets_listed *listed, void *context)
{
	struct cloudflare_secrets *secrets = (struct cloudflare_secrets *)base;
	struct operation *operation = new_operation(secrets, LIST, "");
	unsigned count = secrets->script_count;

	if (!operation) {
		struct outcome outcome = outcome_make(OUTCOME_NO_MEMORY, "no memory for a request");

		listed(context, &outcome, NULL);
		return;
	}
	operation->listed = listed;
	operation->context = context;
	for (unsigned i = 0; i < count; i++)
		list_part(&operation->parts[i]);
}

/* ---- the rest ---- */

static struct outcome ready(struct secrets *base)
{
	return http_api_ready(((struct cloudflare_secrets *)base)->account->api);
}

static unsigned scripts(const struct secrets *base)
{
	return ((const struct cloudflare_secrets *)base)->script_count;
}

static const char *script_name(const struct secrets *base, unsigned index)
{
	return script_queue_name(((const struct cloudflare_secrets *)base)->scripts[index]->queue);
}

static void free_secrets(struct secrets *base)
{
	struct cloudflare_secrets *secrets = (struct cloudflare_secrets *)base;
	struct operation *next;

	for (struct operation *operation = secrets->operations; operation; operation = next) {
		next = operation->next;
		free_operation(operation);
	}
	for (unsigned i = 0; i < secrets->script_count; i++)
		secrets->scripts[i]->owners--;
	free(secrets);
}

static const struct secrets_ops cloudflare_ops = {
    .list = list,
    .set = set,
    .unset = unset,
    .cancel = cancel,
    .ready = ready,
    .scripts = scripts,
    .script = script_name,
    .free = free_secrets,
};

struct cloudflare_account *cloudflare_account_new(struct http_api *api, struct loop *loop,
						  struct arena *arena, const char *account_id,
						  int64_t queue_limit)
{
	struct cloudflare_account *account = calloc(1, sizeof(*account));

	if (!account)
		return NULL;
	*account = (struct cloudflare_account){.api = api,
					       .loop = loop,
					       .arena = arena,
					       .id = strdup(account_id),
					       .queue_limit = queue_limit};
	if (account->id)
		return account;
	free(account);
	return NULL;
}

static void keep(void *script)
{
	(void)script;
}

void cloudflare_account_free(struct cloudflare_account *account)
{
	if (!account)
		return;
	tdestroy(account->by_name, keep);
	while (account->scripts) {
		struct script *script = account->scripts;

		account->scripts = script->next;
		script_queue_free(script->queue);
		free(script);
	}
	free(account->id);
	free(account);
}

static int compare(const void *one, const void *other)
{
	return strcmp(((const struct script *)one)->name, ((const struct script *)other)->name);
}

static struct script *find_script(const struct cloudflare_account *account, const char *name)
{
	struct script wanted = {.name = name};
	struct script *const *found = tfind(&wanted, &account->by_name, compare);

	return found ? *found : NULL;
}

bool cloudflare_account_has(const struct cloudflare_account *account, const char *script)
{
	const struct script *found = find_script(account, script);

	return found && found->owners > 0;
}

/* The one struct of that script in the account, so that all its changes share a queue. */
static struct script *script_of(struct cloudflare_account *account, const char *name)
{
	struct script *script = find_script(account, name);

	if (script)
		return script;
	script = calloc(1, sizeof(*script));
	if (!script)
		return NULL;
	script->queue = script_queue_new(account->api, account->loop, account->arena, account->id,
					 name, account->queue_limit);
	script->name = script->queue ? script_queue_name(script->queue) : NULL;
	if (!script->name || !tsearch(script, &account->by_name, compare)) {
		if (script->queue)
			script_queue_free(script->queue);
		free(script);
		return NULL;
	}
	script->next = account->scripts;
	account->scripts = script;
	return script;
}

struct secrets *cloudflare_secrets_new(struct cloudflare_account *account, const char *const *names,
				       unsigned count)
{
	struct cloudflare_secrets *secrets = calloc(1, sizeof(*secrets));

	if (!secrets)
		return NULL;
	secrets->base.ops = &cloudflare_ops;
	secrets->account = account;
	secrets->script_count = count;
	for (unsigned i = 0; i < count; i++) {
		secrets->scripts[i] = script_of(account, names[i]);
		if (!secrets->scripts[i]) {
			free(secrets);
			return NULL;
		}
	}
	for (unsigned i = 0; i < count; i++)
		secrets->scripts[i]->owners++;
	return &secrets->base;
}
