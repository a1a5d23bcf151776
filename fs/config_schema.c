/* SPDX-License-Identifier: MIT */
#include "config_reader.h"
#include "names.h"
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CLOUDFLARE_API "https://api.cloudflare.com/client/v4"

#define SCHEMA(members, unknown)                                         \
	{                                                                \
		members, sizeof(members) / sizeof((members)[0]), unknown \
	}

#define NO_MEMBER "no such member here"

const char *const environment_names[ENVIRONMENTS] = {"dev", "staging", "production"};

static const char *nearest_member(const struct schema *schema, const char *word)
{
	unsigned least = UINT_MAX;
	const char *nearest = NULL;

	for (size_t i = 0; i < schema->count; i++) {
		unsigned distance = word_distance(word, schema->members[i].name);

		if (distance < least) {
			least = distance;
			nearest = schema->members[i].name;
		}
	}
	return nearest;
}

static bool unknown_member(struct reader *reader, const struct place *place,
			   const struct schema *schema)
{
	const char *nearest = nearest_member(schema, place->key);

	if (!nearest)
		return reader_problem(reader, place, "%s", schema->unknown);
	return reader_problem(reader, place, "%s (did you mean `%s`?)", schema->unknown, nearest);
}

static const struct member *find_member(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->count; i++) {
		if (strcmp(schema->members[i].name, name) == 0)
			return &schema->members[i];
	}
	return NULL;
}

static bool missing_member(struct reader *reader, const struct place *place, const json_t *json,
			   const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct member *member = &schema->members[i];
		struct place at = {.parent = place, .key = member->name};

		if (member->missing && !json_object_get(json, member->name)) {
			reader_problem(reader, &at, "is missing: %s", member->missing);
			return true;
		}
	}
	return false;
}

bool read_object(struct reader *reader, const struct place *place, const json_t *json,
		 const struct schema *schema, void *target)
{
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return reader_wrong_type(reader, place, json, "an object in braces");
	json_object_foreach((json_t *)json, key, value)
	{
		struct place at = {.parent = place, .key = key};
		const struct member *member = find_member(schema, key);

		if (!member)
			return unknown_member(reader, &at, schema);
		if (!member->read(reader, &at, value, (char *)target + member->offset))
			return false;
	}
	return !missing_member(reader, place, json, schema);
}

static const struct member environment_members[] = {
    {"scripts", read_scripts, 0, NULL},
    {"dotenv", read_path, offsetof(struct environment_config, dotenv), NULL},
    {"flags_kv", read_identifier, offsetof(struct environment_config, flags_kv), NULL},
    {"flags_key", read_flags_key, offsetof(struct environment_config, flags_key), NULL},
    {"commit", read_commit, offsetof(struct environment_config, commit_at_close), NULL},
};

static bool read_environment(struct reader *reader, const struct place *place, const json_t *json,
			     void *target)
{
	static const struct schema schema = SCHEMA(environment_members, NO_MEMBER);

	return read_object(reader, place, json, &schema, target);
}

#define ENVIRONMENT_MEMBER(name, index)                                                 \
	{                                                                               \
		name, read_environment, index * sizeof(struct environment_config), NULL \
	}

static const struct member environments_members[] = {
    ENVIRONMENT_MEMBER("dev", DEV),
    ENVIRONMENT_MEMBER("staging", STAGING),
    ENVIRONMENT_MEMBER("production", PRODUCTION),
};

static bool read_environments(struct reader *reader, const struct place *place, const json_t *json,
			      void *target)
{
	static const struct schema schema = SCHEMA(
	    environments_members, "no such environment; there are dev, staging and production");

	return read_object(reader, place, json, &schema, target);
}

static bool refuse_wrangler(struct reader *reader, const struct place *place, const json_t *json,
			    void *target)
{
	(void)json;
	(void)target;
	return reader_problem(reader, place,
			      "this version of hsxfs reads no wrangler file; list the environments "
			      "by hand in `environments`");
}

static const struct member project_members[] = {
    {"workers", read_workers, 0, NULL},
    {"app_id", read_app_id, offsetof(struct project_config, app_id), NULL},
    {"environments", read_environments, offsetof(struct project_config, environments), NULL},
    {"wrangler", refuse_wrangler, 0, NULL},
};

/* Keeps the name that stands at a place as the name of a directory. */
static bool read_name(struct reader *reader, const struct place *place, char **name)
{
	if (!name_is_valid_directory(place->key))
		return reader_problem(reader, place,
				      "cannot be a directory's name; it has 1 to 255 bytes, no "
				      "slash, no control character and no dot in front");
	return reader_keep(reader, name, place->key);
}

static bool read_project(struct reader *reader, const struct place *place, const json_t *json,
			 struct project_config *project)
{
	static const struct schema schema = SCHEMA(project_members, NO_MEMBER);

	return read_name(reader, place, &project->name) &&
	       read_object(reader, place, json, &schema, project);
}

/* The number of members of an object that holds things by name, at least one; 0: refused. */
static size_t count_members(struct reader *reader, const struct place *place, const json_t *json,
			    size_t ceiling)
{
	size_t count = json_object_size(json);

	if (!json_is_object(json))
		reader_wrong_type(reader, place, json, "an object in braces");
	else if (!count)
		reader_problem(reader, place, "is empty; there must be at least one");
	else if (count > ceiling)
		reader_problem(reader, place, "there are more than the file may hold, which is %d",
			       place->parent && place->parent->parent ? CONFIG_PROJECTS_MAX
								      : CONFIG_ACCOUNTS_MAX);
	else
		return count;
	return 0;
}

static bool read_projects(struct reader *reader, const struct place *place, const json_t *json,
			  void *target)
{
	struct account_config *account = target;
	size_t count = count_members(reader, place, json, CONFIG_PROJECTS_MAX - reader->projects);
	const char *key;
	json_t *value;

	if (!count)
		return false;
	reader->projects += count;
	account->projects = calloc(count, sizeof(*account->projects));
	if (!account->projects)
		return reader_no_memory(reader);
	json_object_foreach((json_t *)json, key, value)
	{
		struct place at = {.parent = place, .key = key};

		if (!read_project(reader, &at, value, &account->projects[account->project_count++]))
			return false;
	}
	return true;
}

static const struct member cloudflare_members[] = {
    {"api", read_url, offsetof(struct account_config, cloudflare.url), NULL},
    {"account_id", read_identifier, offsetof(struct account_config, account_id),
     "the Cloudflare account's id, 32 hexadecimal digits"},
    {"token", read_token, offsetof(struct account_config, cloudflare.token),
     "where the API token comes from, such as {\"env\": \"CLOUDFLARE_API_TOKEN\"}"},
    {"ca_file", read_path, offsetof(struct account_config, cloudflare.ca_file), NULL},
};

static bool read_cloudflare(struct reader *reader, const struct place *place, const json_t *json,
			    void *target)
{
	static const struct schema schema = SCHEMA(cloudflare_members, NO_MEMBER);
	struct account_config *account = target;

	if (!read_object(reader, place, json, &schema, account))
		return false;
	return account->cloudflare.url ||
	       reader_keep(reader, &account->cloudflare.url, CLOUDFLARE_API);
}

static const struct member control_plane_members[] = {
    {"api", read_url, offsetof(struct control_config, api.url),
     "the control plane's URL, for which there is no default"},
    {"token", read_token, offsetof(struct control_config, api.token), NULL},
    {"ca_file", read_path, offsetof(struct control_config, api.ca_file), NULL},
};

static bool read_control_plane(struct reader *reader, const struct place *place, const json_t *json,
			       void *target)
{
	static const struct schema schema = SCHEMA(control_plane_members, NO_MEMBER);

	return read_object(reader, place, json, &schema, target);
}

static const struct member account_members[] = {
    {"cloudflare", read_cloudflare, 0, NULL},
    {"control_plane", read_control_plane, offsetof(struct account_config, control_plane), NULL},
    {"projects", read_projects, 0, "the account's projects by name"},
};

static bool read_account(struct reader *reader, const struct place *place, const json_t *json,
			 struct account_config *account)
{
	static const struct schema schema = SCHEMA(account_members, NO_MEMBER);

	return read_name(reader, place, &account->name) &&
	       read_object(reader, place, json, &schema, account);
}

static bool read_accounts(struct reader *reader, const struct place *place, const json_t *json,
			  void *target)
{
	struct config *config = target;
	size_t count = count_members(reader, place, json, CONFIG_ACCOUNTS_MAX);
	const char *key;
	json_t *value;

	if (!count)
		return false;
	config->accounts = calloc(count, sizeof(*config->accounts));
	if (!config->accounts)
		return reader_no_memory(reader);
	json_object_foreach((json_t *)json, key, value)
	{
		struct place at = {.parent = place, .key = key};

		if (!read_account(reader, &at, value, &config->accounts[config->account_count++]))
			return false;
	}
	return true;
}

static const struct member top_members[] = {
    {"accounts", read_accounts, 0, "the HS-X accounts by name"},
};

bool config_build(struct reader *reader, const json_t *root, struct config *config)
{
	static const struct schema schema = SCHEMA(top_members, NO_MEMBER);

	return read_object(reader, NULL, root, &schema, config);
}
