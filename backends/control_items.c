/* SPDX-License-Identifier: MIT */
#include "control_reply.h"
#include "control_time.h"
#include "json_io.h"
#include "text.h"
#include "wipe.h"
#include <stdlib.h>
#include <string.h>

/* The allow-list of installs: what is longer is none of these. */
#define DIGITS_MAX 20
#define WORD_MAX 64
#define STATE_MAX 32
#define STATE_DIGITS_MAX 2
#define TIME_MAX 40

/* A NUL inside counts as a control character. */
static bool is_usable(const char *text, size_t length, size_t ceiling)
{
	return length > 0 && length <= ceiling && !text_has_control(text, length);
}

/* Puts its digits in the number's place, where they live as long as the item. */
static const char *number_as_text(json_t *item, const char *member, json_int_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, number);
	if (number < 0 || json_object_set_new(item, member, json_string(digits)) != 0)
		return NULL;
	return json_string_value(json_object_get(item, member));
}

const char *control_text(json_t *item, const char *member, size_t ceiling)
{
	json_t *value = json_object_get(item, member);

	if (json_is_integer(value))
		return number_as_text(item, member, json_integer_value(value));
	if (!is_usable(json_string_value(value), json_string_length(value), ceiling))
		return NULL;
	return json_string_value(value);
}

/* An id that can stand in a path, as every id that is asked with again must. */
static const char *id_of(json_t *item, const char *member)
{
	const char *id = control_text(item, member, CONTROL_NAME_MAX);

	return id && control_name_is_valid(id) ? id : NULL;
}

static const char *text_of(json_t *item, const char *member)
{
	return control_text(item, member, CONTROL_TEXT_MAX);
}

static const char *time_of(json_t *item, const char *member)
{
	const char *text = control_text(item, member, TIME_MAX);

	return control_time(text) >= 0 ? text : NULL;
}

static const char *updated_of(json_t *item)
{
	const char *time = time_of(item, "updatedAt");

	return time ? time : time_of(item, "updated");
}

static const char *made_of(json_t *item, const char *member, size_t ceiling, const char *letters)
{
	const char *text = control_text(item, member, ceiling);

	return text && !text[strspn(text, letters)] ? text : NULL;
}

#define DIGITS "0123456789"
#define WORD DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"

static const char *digits_of(json_t *item, const char *member)
{
	return made_of(item, member, DIGITS_MAX, DIGITS);
}

/* A number that could not be made a text is passed over; then the list is not whole. */
static void *whole(void *list, unsigned long failures_before)
{
	if (json_io_failures() == failures_before)
		return list;
	free(list);
	return NULL;
}

/* ---- accounts and projects ---- */

/* Whoever is told of it says that no directory can have it, if so. */
static const char *told_id(json_t *item, const char *member)
{
	return control_text(item, member, CONTROL_TEXT_MAX);
}

struct control_account *control_read_accounts(json_t *items, size_t *count)
{
	unsigned long before = json_io_failures();
	struct control_account *accounts =
	    calloc(json_array_size(items) + 1, sizeof(struct control_account));
	size_t i;
	json_t *item;

	*count = 0;
	if (!accounts)
		return NULL;
	json_array_foreach(items, i, item)
	{
		const char *id = told_id(item, "accountId");

		if (id)
			accounts[(*count)++] = (struct control_account){
			    .id = id, .cloudflare_account_id = id_of(item, "cloudflareAccountId")};
	}
	return whole(accounts, before);
}

/* How many names the projects' lists can have together. */
static size_t count_names(json_t *items)
{
	size_t i, names = 0;
	json_t *item;

	json_array_foreach(items, i, item)
	{
		names += json_array_size(json_object_get(item, "workers")) +
			 json_array_size(json_object_get(item, "apps"));
	}
	return names;
}

/* Either a text or an object that has it as a member. */
static const char *name_of(json_t *item, const char *member)
{
	const char *name = json_string_value(item);

	if (json_is_object(item))
		return id_of(item, member);
	return is_usable(name, json_string_length(item), CONTROL_NAME_MAX) ? name : NULL;
}

static size_t read_workers(json_t *workers, const char **names)
{
	size_t i, count = 0;
	json_t *worker;

	json_array_foreach(workers, i, worker)
	{
		const char *name = name_of(worker, "name");

		if (name)
			names[count++] = name;
	}
	return count;
}

static size_t read_apps(json_t *apps, const char **ids)
{
	size_t i, count = 0;
	json_t *app;

	json_array_foreach(apps, i, app)
	{
		const char *id = name_of(app, "hubSpotAppId");

		if (id && strlen(id) <= DIGITS_MAX && !id[strspn(id, DIGITS)])
			ids[count++] = id;
	}
	return count;
}

struct control_project *control_read_projects(json_t *items, size_t *count)
{
	unsigned long before = json_io_failures();
	size_t i, room = json_array_size(items) + 1;
	struct control_project *projects =
	    calloc(1, room * sizeof(*projects) + count_names(items) * sizeof(char *));
	const char **names;
	json_t *item;

	*count = 0;
	if (!projects)
		return NULL;
	names = (const char **)(projects + room);
	json_array_foreach(items, i, item)
	{
		struct control_project *project = &projects[*count];

		project->id = told_id(item, "projectId");
		if (!project->id)
			continue;
		project->linked = !json_is_false(json_object_get(item, "linked"));
		project->workers = names;
		project->worker_count = read_workers(json_object_get(item, "workers"), names);
		names += project->worker_count;
		project->apps = names;
		project->app_count = read_apps(json_object_get(item, "apps"), names);
		names += project->app_count;
		(*count)++;
	}
	return whole(projects, before);
}

/* ---- routes and deploys ---- */

bool control_read_route(json_t *item, struct control_route *route)
{
	*route = (struct control_route){.environment = id_of(item, "environment"),
					.active = id_of(item, "active"),
					.previous = id_of(item, "previous"),
					.reason = text_of(item, "reason"),
					.updated = updated_of(item)};
	return route->environment && route->active;
}

bool control_read_attestation(json_t *item, struct control_attestation *attestation)
{
	*attestation = (struct control_attestation){
	    .deploy = id_of(item, "deployId"),
	    .environment = id_of(item, "environment"),
	    .healthy = json_is_true(json_object_get(item, "healthy")),
	    .at = time_of(item, "at"),
	};
	return json_is_object(item);
}

bool control_read_deploy(json_t *item, struct control_deploy *deploy)
{
	struct control_attestation *attestation = &deploy->attestation;

	*deploy = (struct control_deploy){.id = id_of(item, "deployId"),
					  .status = text_of(item, "status"),
					  .created = time_of(item, "createdAt"),
					  .manifest_hash = text_of(item, "manifestHash")};
	if (!deploy->id)
		return false;
	deploy->attested =
	    control_read_attestation(json_object_get(item, "attestation"), attestation);
	if (!attestation->deploy)
		attestation->deploy = deploy->id;
	/* Another deploy's attestation says nothing about this one. */
	if (!deploy->attested || strcmp(attestation->deploy, deploy->id) != 0) {
		deploy->attested = false;
		*attestation = (struct control_attestation){.deploy = NULL};
	}
	return true;
}

struct control_deploy *control_read_deploys(json_t *items, size_t *count)
{
	unsigned long before = json_io_failures();
	struct control_deploy *deploys =
	    calloc(json_array_size(items) + 1, sizeof(struct control_deploy));
	size_t i;
	json_t *item;

	*count = 0;
	if (!deploys)
		return NULL;
	json_array_foreach(items, i, item)
	{
		if (control_read_deploy(item, &deploys[*count]))
			(*count)++;
	}
	return whole(deploys, before);
}

/* ---- installs ---- */

/* A token in the place of an id, or of a state: HubSpot's of private apps, and any signed one. */
static bool is_token(const char *text)
{
	return !strncmp(text, "pat-", 4) || !strncmp(text, "eyJ", 3);
}

static const char *install_id_of(json_t *item)
{
	const char *text = made_of(item, "installId", WORD_MAX, WORD ".");

	return text && !is_token(text) ? text : NULL;
}

/* A word: what has many digits is something else. */
static const char *state_of(json_t *item)
{
	const char *text = made_of(item, "state", STATE_MAX, WORD);
	unsigned digits = 0;

	for (const char *byte = text; byte && *byte; byte++)
		digits += *byte >= '0' && *byte <= '9';
	return text && digits <= STATE_DIGITS_MAX && !is_token(text) ? text : NULL;
}

/* An item need not say whose it is, but must not be another's. */
static bool is_of(json_t *item, const char *member, const char *expected)
{
	json_t *value = json_object_get(item, member);
	const char *text;

	if (!value || json_is_null(value))
		return true;
	text = control_text(item, member, CONTROL_NAME_MAX);
	return text && !strcmp(text, expected);
}

static bool read_install(json_t *item, const struct control_scope *scope,
			 struct control_install *install)
{
	*install = (struct control_install){
	    .portal = digits_of(item, "portalId"),
	    .app = digits_of(item, "hubSpotAppId"),
	    .install_id = install_id_of(item),
	    .state = state_of(item),
	    .updated = updated_of(item),
	    .created = time_of(item, "createdAt"),
	};
	return install->portal && is_of(item, "accountId", scope->account) &&
	       is_of(item, "projectId", scope->project) &&
	       is_of(item, "environment", scope->environment);
}

struct control_install *control_read_installs(json_t *items, const struct control_scope *scope,
					      size_t *count, size_t *unshown)
{
	unsigned long before = json_io_failures();
	struct control_install *installs =
	    calloc(json_array_size(items) + 1, sizeof(struct control_install));
	size_t i;
	json_t *item;

	*count = *unshown = 0;
	if (!installs)
		return NULL;
	json_array_foreach(items, i, item)
	{
		if (read_install(item, scope, &installs[*count]))
			(*count)++;
		else
			(*unshown)++;
	}
	return whole(installs, before);
}
