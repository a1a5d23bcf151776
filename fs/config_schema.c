/* SPDX-License-Identifier: MIT */
#include "../backends/control_plane.h"
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

static const struct member flags_members[] = {
    {"authoring", read_authoring, 0, NULL},
};

/* Target: an enum flags_authoring_config. */
static bool read_flags(struct reader *reader, const struct place *place, const json_t *json,
		       void *target)
{
	static const struct schema schema = SCHEMA(flags_members, NO_MEMBER);

	return read_object(reader, place, json, &schema, target);
}

static bool read_own_promote(struct reader *reader, const struct place *place, const json_t *json,
			     void *target)
{
	struct environment_config *environment = target;

	environment->promote_told = true;
	return read_boolean(reader, place, json, &environment->allow_promote);
}

static const struct member environment_members[] = {
    {"scripts", read_scripts, 0, NULL},
    {"dotenv", read_path, offsetof(struct environment_config, dotenv), NULL},
    {"flags_kv", read_identifier, offsetof(struct environment_config, flags_kv), NULL},
    {"flags_key", read_flags_key, offsetof(struct environment_config, flags_key), NULL},
    {"installs_kv", read_identifier, offsetof(struct environment_config, installs_kv), NULL},
    {"commit", read_commit, offsetof(struct environment_config, commit_at_close), NULL},
    {"allow_promote", read_own_promote, 0, NULL},
    {"flags", read_flags, offsetof(struct environment_config, authoring), NULL},
};

static bool read_environment(struct reader *reader, const struct place *place, const json_t *json,
			     void *target)
{
	static const struct schema schema = SCHEMA(environment_members, NO_MEMBER);

	return read_object(reader, place, json, &schema, target);
}

#define ENVIRONMENT_MEMBER(name, index)                                                   \
	{                                                                                 \
		name, read_environment, (index) * sizeof(struct environment_config), NULL \
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
    {"allow_promote", read_boolean, offsetof(struct project_config, allow_promote), NULL},
    {"flags", read_flags, offsetof(struct project_config, authoring), NULL},
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

/* Counts the members of an object that holds things by name. */
static bool count_members(struct reader *reader, const struct place *place, const json_t *json,
			  size_t ceiling, size_t *count)
{
	*count = json_object_size(json);
	if (!json_is_object(json))
		return reader_wrong_type(reader, place, json, "an object in braces");
	if (*count > ceiling)
		return reader_problem(reader, place,
				      "there are more than the file may hold, which is %d",
				      place->parent && place->parent->parent ? CONFIG_PROJECTS_MAX
									     : CONFIG_ACCOUNTS_MAX);
	return true;
}

static bool read_projects(struct reader *reader, const struct place *place, const json_t *json,
			  void *target)
{
	struct account_config *account = target;
	const char *key;
	json_t *value;
	size_t count;

	if (!count_members(reader, place, json, CONFIG_PROJECTS_MAX - reader->projects, &count))
		return false;
	reader->projects += count;
	account->projects = calloc(count + 1, sizeof(*account->projects));
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

#define TOKEN_MISSING(variable) \
	"where the API token comes from, such as {\"env\": \"" variable "\"}"

static bool default_api(struct reader *reader, struct api_config *cloudflare)
{
	return cloudflare->url || reader_keep(reader, &cloudflare->url, CLOUDFLARE_API);
}

static const struct member cloudflare_members[] = {
    {"api", read_url, offsetof(struct account_config, cloudflare.url), NULL},
    {"account_id", read_identifier, offsetof(struct account_config, account_id),
     "the Cloudflare account's id, 32 hexadecimal digits"},
    {"token", read_token, offsetof(struct account_config, cloudflare.token),
     TOKEN_MISSING("CLOUDFLARE_API_TOKEN")},
    {"ca_file", read_path, offsetof(struct account_config, cloudflare.ca_file), NULL},
};

static bool read_cloudflare(struct reader *reader, const struct place *place, const json_t *json,
			    void *target)
{
	static const struct schema schema = SCHEMA(cloudflare_members, NO_MEMBER);
	struct account_config *account = target;

	return read_object(reader, place, json, &schema, account) &&
	       default_api(reader, &account->cloudflare);
}

static bool refuse_account_id(struct reader *reader, const struct place *place, const json_t *json,
			      void *target)
{
	(void)json;
	(void)target;
	return reader_problem(
	    reader, place,
	    "this section serves every account, and the control plane tells "
	    "their ids; write the id into the account's own `cloudflare` section");
}

static const struct member top_cloudflare_members[] = {
    {"api", read_url, offsetof(struct api_config, url), NULL},
    {"account_id", refuse_account_id, 0, NULL},
    {"token", read_token, offsetof(struct api_config, token),
     TOKEN_MISSING("CLOUDFLARE_API_TOKEN")},
    {"ca_file", read_path, offsetof(struct api_config, ca_file), NULL},
};

static bool read_top_cloudflare(struct reader *reader, const struct place *place,
				const json_t *json, void *target)
{
	static const struct schema schema = SCHEMA(top_cloudflare_members, NO_MEMBER);

	return read_object(reader, place, json, &schema, target) && default_api(reader, target);
}

/* The path that a place's key names, which is one of them. */
static enum control_path path_named(const char *name)
{
	enum control_path path = 0;

	while (path < CONTROL_PATHS - 1 && strcmp(control_path_types[path].name, name) != 0)
		path++;
	return path;
}

/* Target: the templates of a struct control_config. */
static bool read_template(struct reader *reader, const struct place *place, const json_t *json,
			  void *target)
{
	const char *text = reader_text(reader, place, json), *problem;
	enum control_path path = path_named(place->key);
	char **paths = target;

	if (!text)
		return false;
	problem = control_path_problem(path, text);
	if (problem)
		return reader_problem(reader, place, "%s; without this member it is `%s`", problem,
				      control_path_types[path].template);
	return reader_keep(reader, &paths[path], text);
}

static bool read_paths(struct reader *reader, const struct place *place, const json_t *json,
		       void *target)
{
	struct member members[CONTROL_PATHS];
	const struct schema schema = {members, CONTROL_PATHS, "the control plane has no such path"};

	for (unsigned i = 0; i < CONTROL_PATHS; i++)
		members[i] = (struct member){control_path_types[i].name, read_template, 0, NULL};
	return read_object(reader, place, json, &schema, target);
}

static const struct member control_plane_members[] = {
    {"api", read_url, offsetof(struct control_config, api.url),
     "the control plane's URL, for which there is no default"},
    {"token", read_token, offsetof(struct control_config, api.token), TOKEN_MISSING("HSX_TOKEN")},
    {"ca_file", read_path, offsetof(struct control_config, api.ca_file), NULL},
    {"paths", read_paths, offsetof(struct control_config, paths), NULL},
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
    {"projects", read_projects, 0, NULL},
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
	const char *key;
	json_t *value;
	size_t count;

	if (!count_members(reader, place, json, CONFIG_ACCOUNTS_MAX, &count))
		return false;
	config->accounts = calloc(count + 1, sizeof(*config->accounts));
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
    {"accounts", read_accounts, 0, NULL},
    {"cloudflare", read_top_cloudflare, offsetof(struct config, cloudflare), NULL},
    {"control_plane", read_control_plane, offsetof(struct config, control_plane), NULL},
};

#define TELLING_SECTION "a `control_plane` section that tells them"

/* Only a control plane can fill what the file leaves empty. */
static bool nothing_there(struct reader *reader, const struct place *parent, const char *key,
			  const json_t *json, const char *what)
{
	struct place at = {.parent = parent, .key = key};

	if (json_object_get(json, key))
		return reader_problem(reader, &at,
				      "is empty; there must be at least one, or " TELLING_SECTION);
	return reader_problem(reader, &at, "is missing: %s by name, or " TELLING_SECTION, what);
}

static bool check_filled(struct reader *reader, const json_t *root, const struct config *config)
{
	const struct place accounts = {.key = "accounts"};

	if (config->control_plane.api.url)
		return true;
	if (!config->account_count)
		return nothing_there(reader, NULL, "accounts", root, "the HS-X accounts");
	for (unsigned i = 0; i < config->account_count; i++) {
		const struct account_config *account = &config->accounts[i];
		struct place at = {.parent = &accounts, .key = account->name};

		if (!account->project_count && !account->control_plane.api.url)
			return nothing_there(
			    reader, &at, "projects",
			    json_object_get(json_object_get(root, "accounts"), account->name),
			    "the account's projects");
	}
	return true;
}

bool config_build(struct reader *reader, const json_t *root, struct config *config)
{
	static const struct schema schema = SCHEMA(top_members, NO_MEMBER);

	return read_object(reader, NULL, root, &schema, config) &&
	       check_filled(reader, root, config);
}
