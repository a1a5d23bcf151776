/* SPDX-License-Identifier: MIT */
#include "control_paths.h"
#include <string.h>

#define PROJECT "/v0/accounts/{account}/projects/{project}"
#define DEPLOY PROJECT "/deploys/{deploy}"
#define ENVIRONMENT PROJECT "/environments/{environment}"
#define FLAGS ENVIRONMENT "/apps/{app}/flags"

const struct control_path_type control_path_types[CONTROL_PATHS] = {
    [CONTROL_ACCOUNTS] = {"accounts", "/v0/accounts"},
    [CONTROL_PROJECTS] = {"projects", "/v0/accounts/{account}/projects"},
    [CONTROL_ROUTES] = {"routes", PROJECT "/routes"},
    [CONTROL_DEPLOYS] = {"deploys", PROJECT "/deploys"},
    [CONTROL_DEPLOY] = {"deploy", DEPLOY},
    [CONTROL_PROMOTE] = {"promote", DEPLOY "/promote"},
    [CONTROL_ROLLBACK] = {"rollback", PROJECT "/rollback"},
    [CONTROL_INSTALLS] = {"installs", ENVIRONMENT "/installs"},
    [CONTROL_FLAGS] = {"flags", FLAGS},
    [CONTROL_FLAG] = {"flag", FLAGS "/{flag}"},
};

static const char *const placeholders[CONTROL_NAMES] = {
    [CONTROL_NAME_ACCOUNT] = "{account}",	  [CONTROL_NAME_PROJECT] = "{project}",
    [CONTROL_NAME_ENVIRONMENT] = "{environment}", [CONTROL_NAME_APP] = "{app}",
    [CONTROL_NAME_DEPLOY] = "{deploy}",		  [CONTROL_NAME_FLAG] = "{flag}",
};

/* The placeholder that a text begins with, CONTROL_NAMES if it is none. */
static enum control_name placeholder_at(const char *text)
{
	enum control_name name = 0;

	while (name < CONTROL_NAMES &&
	       strncmp(text, placeholders[name], strlen(placeholders[name])) != 0)
		name++;
	return name;
}

static const char *character_problem(const char *template)
{
	if (*template != '/')
		return "does not begin with a slash";
	for (; *template; template ++) {
		if (*template <= ' ' || *template > '~')
			return "holds a character that an address cannot hold";
		if (*template == '?' || *template == '#')
			return "must not have a query or a fragment";
	}
	return NULL;
}

/* They are taken out of an address before it is sent (RFC 3986 5.2.4). */
static bool is_dots(const char *segment, size_t length)
{
	return (length == 1 && segment[0] == '.') ||
	       (length == 2 && segment[0] == '.' && segment[1] == '.');
}

static bool has_dots(const char *template)
{
	while (*template) {
		size_t length = strcspn(++template, "/");

		if (is_dots(template, length))
			return true;
		template += length;
	}
	return false;
}

/* Counts each placeholder; false where braces hold anything else. */
static bool count_placeholders(const char *template, unsigned counts[CONTROL_NAMES])
{
	while (*(template += strcspn(template, "{}"))) {
		enum control_name name = placeholder_at(template);

		if (name == CONTROL_NAMES)
			return false;
		counts[name]++;
		template += strlen(placeholders[name]);
	}
	return true;
}

const char *control_path_problem(enum control_path path, const char *template)
{
	unsigned counts[CONTROL_NAMES] = {0}, wanted[CONTROL_NAMES] = {0};
	const char *problem = character_problem(template);

	if (problem)
		return problem;
	if (has_dots(template))
		return "must not have `.' or `..' between its slashes";
	if (!count_placeholders(template, counts) ||
	    !count_placeholders(control_path_types[path].template, wanted))
		return "has a placeholder that no path has";
	for (enum control_name name = 0; name < CONTROL_NAMES; name++) {
		if (counts[name] > wanted[name])
			return wanted[name] ? "has a placeholder twice"
					    : "has a placeholder that this path does not have";
		if (counts[name] < wanted[name])
			return "lacks a placeholder that this path has";
	}
	return NULL;
}

bool control_name_is_valid(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= CONTROL_NAME_MAX && !is_dots(name, length);
}

bool control_path_fill(char *path, size_t size, const char *template,
		       const char *const names[CONTROL_NAMES])
{
	path[0] = '\0';
	while (*template) {
		size_t length = strcspn(template, "{"), used = strlen(path);
		enum control_name name = placeholder_at(template + length);

		if (length >= size - used)
			return false;
		memcpy(path + used, template, length);
		path[used + length] = '\0';
		template += length;
		if (!*template)
			break;
		if (name == CONTROL_NAMES || !names[name] || !control_name_is_valid(names[name]) ||
		    !http_encode(path, size, names[name]))
			return false;
		template += strlen(placeholders[name]);
	}
	return true;
}
