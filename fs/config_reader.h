/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CONFIG_READER_H
#define HSXFS_CONFIG_READER_H

#include "config.h"
#include <jansson.h>

/* What the parts of the configuration loader share; for fs/config*.c alone. */

/* The ceilings of a configuration. */
#define CONFIG_ACCOUNTS_MAX 1000
#define CONFIG_PROJECTS_MAX 10000
#define CONFIG_ARGUMENTS_MAX 64

/* One reading of one file. */
struct reader {
	const char *path;
	char *error;	 /* CONFIG_ERROR_SIZE bytes */
	size_t projects; /* read so far, in all accounts */
};

/* A place in the JSON: a chain of members up to the root, kept on the stack. */
struct place {
	const struct place *parent; /* NULL: the root */
	const char *key;	    /* NULL: an element of a list */
	size_t index;
};

/* Room for the text of a place whose keys are cut. */
#define PLACE_TEXT_SIZE 360

/* Writes a place as accounts.acct_demo.projects."my project".workers[2]; NULL is the root, "". */
void place_format(char *buffer, size_t size, const struct place *place);

/* Writes the error line: file, place (NULL: the whole file) and text. Always false. */
bool reader_problem(struct reader *reader, const struct place *place, const char *format, ...)
    printf_like(3, 4);

/* Writes that memory is short. Always false. */
bool reader_no_memory(struct reader *reader);

/* Writes that a value is of another type than expected, which is named with its article. False. */
bool reader_wrong_type(struct reader *reader, const struct place *place, const json_t *json,
		       const char *expected);

/* Writes where the text (borrowed) stops being JSON, and the mend. */
void reader_syntax_problem(struct reader *reader, const json_error_t *error, const char *text,
			   size_t length);

/* How near two words are: the number of edits, or UINT_MAX where they have nothing in common. */
unsigned word_distance(const char *word, const char *candidate);

/* The text that a value holds, borrowed; NULL with the error line written if it holds none. */
const char *reader_text(struct reader *reader, const struct place *place, const json_t *json);

/* Copies a text for the configuration. */
bool reader_keep(struct reader *reader, char **kept, const char *text);

/* Copies the path of a file: absolute, with `~/` expanded. */
bool reader_keep_path(struct reader *reader, const struct place *place, const char *text,
		      char **path);

/* Makes room for the texts of a list of at most ceiling items, and a NULL. */
bool reader_list(struct reader *reader, const struct place *place, const json_t *json,
		 size_t ceiling, char ***items);

/* Reads one value into target; false with the error line written. */
typedef bool member_reader(struct reader *reader, const struct place *place, const json_t *json,
			   void *target);

/* The values. Target is a char * unless said otherwise; it becomes the configuration's. */
member_reader read_url;
member_reader read_path;
member_reader read_identifier; /* 32 hexadecimal digits */
member_reader read_app_id;
member_reader read_flags_key;
member_reader read_commit;    /* bool: at close */
member_reader read_boolean;   /* bool */
member_reader read_authoring; /* enum flags_authoring_config */
member_reader read_scripts;   /* struct environment_config */
member_reader read_workers;   /* struct project_config */
member_reader read_token;     /* struct token_config */

/* An object whose members are known. */
struct member {
	const char *name;
	member_reader *read;
	size_t offset;	     /* of its target in the object's */
	const char *missing; /* for a required member: what it is */
};
struct schema {
	const struct member *members;
	size_t count;
	const char *unknown; /* what to say of others */
};
bool read_object(struct reader *reader, const struct place *place, const json_t *json,
		 const struct schema *schema, void *target);

/* Reads the whole tree into an empty configuration; something must tell what is in it. */
checked bool config_build(struct reader *reader, const json_t *root, struct config *config);

/* Checks what the tree means, gives production its scripts where it has none, and the environments
 * what their project says for them. */
checked bool config_check(struct reader *reader, struct config *config);

/* The user's home directory, absolute and borrowed until the next call; NULL if there is none. */
const char *home_directory(void);

#endif
