/* SPDX-License-Identifier: MIT */
#include "config_reader.h"
#include "names.h"
#include <string.h>

/* No message here quotes a value: people put the token itself where its source should stand. */

#define TOKEN_SOURCES                                                                  \
	"{\"env\": NAME}, {\"file\": PATH}, {\"credential\": NAME} or {\"command\": [" \
	"PROGRAM, ARGUMENT, ...]}"

static bool read_env(struct reader *reader, const struct place *place, const json_t *json,
		     void *target)
{
	struct token_config *token = target;
	const char *text = reader_text(reader, place, json);

	if (!text)
		return false;
	if (!name_is_valid_secret(text))
		return reader_problem(reader, place,
				      "not the name of an environment variable; name the one that "
				      "holds the token");
	token->source = TOKEN_ENV;
	return reader_keep(reader, &token->name, text);
}

static bool read_file(struct reader *reader, const struct place *place, const json_t *json,
		      void *target)
{
	struct token_config *token = target;

	token->source = TOKEN_FILE;
	return read_path(reader, place, json, &token->name);
}

static bool read_credential(struct reader *reader, const struct place *place, const json_t *json,
			    void *target)
{
	struct token_config *token = target;
	const char *text = reader_text(reader, place, json);

	if (!text)
		return false;
	if (!name_is_valid_directory(text))
		return reader_problem(
		    reader, place,
		    "not a systemd credential's name, which has no slash and no dot "
		    "in front");
	token->source = TOKEN_CREDENTIAL;
	return reader_keep(reader, &token->name, text);
}

static bool read_argument(struct reader *reader, const struct place *place, const json_t *json,
			  char **argument)
{
	if (!json_is_string(json))
		return reader_wrong_type(reader, place, json, "text in double quotes");
	return reader_keep(reader, argument, json_string_value(json));
}

/* A program without slash is looked for in PATH. */
static bool read_program(struct reader *reader, const struct place *place, const json_t *json,
			 char **program)
{
	const char *text = reader_text(reader, place, json);

	if (!text)
		return false;
	if (strchr(text, '/'))
		return reader_keep_path(reader, place, text, program);
	return reader_keep(reader, program, text);
}

static bool read_command(struct reader *reader, const struct place *place, const json_t *json,
			 void *target)
{
	struct token_config *token = target;

	token->source = TOKEN_COMMAND;
	if (!reader_list(reader, place, json, CONFIG_ARGUMENTS_MAX, &token->command))
		return false;
	if (!json_array_size(json))
		return reader_problem(reader, place, "the list is empty; name a program");
	for (size_t i = 0; i < json_array_size(json); i++) {
		struct place item = {.parent = place, .index = i};
		const json_t *text = json_array_get(json, i);
		bool read = i ? read_argument(reader, &item, text, &token->command[i])
			      : read_program(reader, &item, text, &token->command[i]);

		if (!read)
			return false;
	}
	return true;
}

static const struct member token_members[] = {
    {"env", read_env, 0, NULL},
    {"file", read_file, 0, NULL},
    {"credential", read_credential, 0, NULL},
    {"command", read_command, 0, NULL},
};

static const struct schema token_schema = {
    token_members, sizeof(token_members) / sizeof(token_members[0]), "no such source of a token"};

bool read_token(struct reader *reader, const struct place *place, const json_t *json, void *target)
{
	if (json_is_string(json))
		return reader_problem(reader, place,
				      "the token itself must not stand here; say where it comes "
				      "from: " TOKEN_SOURCES);
	if (!json_is_object(json) || json_object_size(json) != 1)
		return reader_problem(reader, place, "expected exactly one of " TOKEN_SOURCES);
	return read_object(reader, place, json, &token_schema, target);
}
