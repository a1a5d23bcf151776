/* SPDX-License-Identifier: MIT */
#include "../backends/http.h"
#include "../backends/secrets.h"
#include "config_reader.h"
#include "names.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDENTIFIER_DIGITS 32
#define APP_ID_DIGITS_MAX 20
#define FLAGS_KEY_MAX 512
#define LOWER_HEXADECIMAL "0123456789abcdef"

const char *reader_text(struct reader *reader, const struct place *place, const json_t *json)
{
	if (!json_is_string(json))
		reader_wrong_type(reader, place, json, "text in double quotes");
	else if (!json_string_length(json))
		reader_problem(reader, place, "the text is empty");
	else
		return json_string_value(json);
	return NULL;
}

bool reader_keep(struct reader *reader, char **kept, const char *text)
{
	*kept = strdup(text);
	if (*kept)
		return true;
	(void)reader_no_memory(reader);
	return false;
}

static void lower_case(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
	}
}

/* Two spellings of one host must compare as equal where scripts are claimed. */
static void url_tidy(char *url)
{
	size_t length = strlen(url);
	char *host = strstr(url, "://");

	while (length && url[length - 1] == '/')
		url[--length] = '\0';
	if (host)
		lower_case(url, (size_t)(host - url) + 3 + strcspn(host + 3, "/"));
}

bool read_url(struct reader *reader, const struct place *place, const json_t *json, void *target)
{
	char **url = target;
	const char *text = reader_text(reader, place, json), *problem;

	if (!text)
		return false;
	problem = http_url_problem(text);
	if (problem)
		return reader_problem(reader, place, "%s", problem);
	if (!reader_keep(reader, url, text))
		return false;
	url_tidy(*url);
	return true;
}

const char *home_directory(void)
{
	const char *home = getenv("HOME");
	const struct passwd *user;

	if (home && home[0] == '/')
		return home;
	user = getpwuid(geteuid());
	return user && user->pw_dir && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

/* Removes doubled slashes and `.` parts, so that two spellings of one path compare as equal. */
static void path_tidy(char *path)
{
	char *end = path;

	for (const char *part = path; *part;) {
		size_t length;

		part += strspn(part, "/");
		length = strcspn(part, "/");
		if (length && !(length == 1 && part[0] == '.')) {
			*end++ = '/';
			memmove(end, part, length);
			end += length;
		}
		part += length;
	}
	*end = '\0';
}

bool reader_keep_path(struct reader *reader, const struct place *place, const char *text,
		      char **path)
{
	bool in_home = strncmp(text, "~/", 2) == 0;
	const char *home = in_home ? home_directory() : "";

	if (!home)
		return reader_problem(reader, place,
				      "`~/` needs a home directory and there is none; "
				      "set HOME or write an absolute path");
	if (!in_home && text[0] != '/')
		return reader_problem(reader, place,
				      "the path is relative; begin it with `/` or `~/`");
	if (asprintf(path, "%s%s", home, text + in_home) < 0) {
		*path = NULL;
		return reader_no_memory(reader);
	}
	path_tidy(*path);
	if (!**path || text[strlen(text) - 1] == '/')
		return reader_problem(reader, place, "the path names a directory, not a file");
	return true;
}

bool read_path(struct reader *reader, const struct place *place, const json_t *json, void *target)
{
	const char *text = reader_text(reader, place, json);

	return text && reader_keep_path(reader, place, text, target);
}

bool read_identifier(struct reader *reader, const struct place *place, const json_t *json,
		     void *target)
{
	char **identifier = target;
	const char *text = reader_text(reader, place, json);

	if (!text)
		return false;
	if (strlen(text) != IDENTIFIER_DIGITS ||
	    strspn(text, LOWER_HEXADECIMAL "ABCDEF") != IDENTIFIER_DIGITS)
		return reader_problem(reader, place,
				      "expected 32 hexadecimal digits, such as "
				      "\"0123456789abcdef0123456789abcdef\"");
	if (!reader_keep(reader, identifier, text))
		return false;
	lower_case(*identifier, IDENTIFIER_DIGITS);
	return true;
}

bool read_app_id(struct reader *reader, const struct place *place, const json_t *json, void *target)
{
	const char *text;

	if (json_is_integer(json))
		return reader_problem(reader, place,
				      "expected text, not a number; put it in double quotes");
	text = reader_text(reader, place, json);
	if (!text)
		return false;
	if (strlen(text) > APP_ID_DIGITS_MAX || text[strspn(text, "0123456789")])
		return reader_problem(
		    reader, place, "expected the digits of a HubSpot app id, such as \"123456\"");
	return reader_keep(reader, target, text);
}

bool read_flags_key(struct reader *reader, const struct place *place, const json_t *json,
		    void *target)
{
	const char *text = reader_text(reader, place, json);

	if (!text)
		return false;
	if (strlen(text) > FLAGS_KEY_MAX || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return reader_problem(reader, place,
				      "a Workers KV key has at most 512 bytes and is neither `.` "
				      "nor `..`");
	return reader_keep(reader, target, text);
}

bool read_commit(struct reader *reader, const struct place *place, const json_t *json, void *target)
{
	bool *at_close = target;
	const char *text = reader_text(reader, place, json);

	if (!text)
		return false;
	*at_close = strcmp(text, "close") == 0;
	if (!*at_close && strcmp(text, "write") != 0)
		return reader_problem(reader, place, "expected \"write\" or \"close\"");
	return true;
}

bool read_boolean(struct reader *reader, const struct place *place, const json_t *json,
		  void *target)
{
	bool *value = target;

	if (!json_is_boolean(json))
		return reader_wrong_type(reader, place, json, "true or false, without quotes");
	*value = json_is_true(json);
	return true;
}

bool read_authoring(struct reader *reader, const struct place *place, const json_t *json,
		    void *target)
{
	enum flags_authoring_config *authoring = target;
	const char *text = reader_text(reader, place, json);

	if (!text)
		return false;
	if (strcmp(text, "kv") == 0)
		*authoring = AUTHORING_KV;
	else if (strcmp(text, "control_plane") == 0)
		*authoring = AUTHORING_CONTROL_PLANE;
	else
		return reader_problem(reader, place, "expected \"kv\" or \"control_plane\"");
	return true;
}

bool reader_list(struct reader *reader, const struct place *place, const json_t *json,
		 size_t ceiling, char ***items)
{
	if (!json_is_array(json))
		return reader_wrong_type(reader, place, json, "a list in brackets");
	if (json_array_size(json) > ceiling)
		return reader_problem(reader, place, "has %zu items; at most %zu are allowed",
				      json_array_size(json), ceiling);
	*items = calloc(json_array_size(json) + 1, sizeof(**items));
	if (*items)
		return true;
	(void)reader_no_memory(reader);
	return false;
}

static bool read_script(struct reader *reader, const struct place *place, const json_t *json,
			char **script)
{
	const char *text = reader_text(reader, place, json);

	if (!text)
		return false;
	if (!name_is_valid_script(text))
		return reader_problem(
		    reader, place,
		    "not a Worker's name, which has 1 to %d letters, digits, `-` or "
		    "`_`",
		    NAME_SCRIPT_MAX);
	return reader_keep(reader, script, text);
}

static bool read_script_list(struct reader *reader, const struct place *place, const json_t *json,
			     char ***items, unsigned *count)
{
	if (!reader_list(reader, place, json, SECRETS_SCRIPTS_MAX, items))
		return false;
	for (size_t i = 0; i < json_array_size(json); i++) {
		struct place item = {.parent = place, .index = i};

		if (!read_script(reader, &item, json_array_get(json, i), &(*items)[i]))
			return false;
		*count += 1;
	}
	return true;
}

bool read_scripts(struct reader *reader, const struct place *place, const json_t *json,
		  void *target)
{
	struct environment_config *environment = target;

	if (!read_script_list(reader, place, json, &environment->scripts,
			      &environment->script_count))
		return false;
	if (!environment->script_count)
		return reader_problem(reader, place,
				      "the list is empty; name a Worker script or leave the member "
				      "out");
	return true;
}

bool read_workers(struct reader *reader, const struct place *place, const json_t *json,
		  void *target)
{
	struct project_config *project = target;

	return read_script_list(reader, place, json, &project->workers, &project->worker_count);
}
