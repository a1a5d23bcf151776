/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_TOKEN_H
#define HSXFS_TOKEN_H

#include "../backends/value.h"
#include "config.h"

/* Finding the token of an API. */

#define TOKEN_HINT_SIZE 300

/* The longest, in bytes. */
#define TOKEN_CEILING ((size_t)8192)

/* The tokens of a configuration by number, from 0 to token_count - 1: of APIs that are not
 * configured too, as TOKEN_NONE. */
unsigned token_count(const struct config *config);
const struct token_config *token_config(const struct config *config, unsigned number);

/*
 * Reads a token from its source: an environment variable, a file (0600, the user's own), a systemd
 * credential, or the first line that a command prints within 30 s. Returns NULL where there is
 * none, with hint saying where it was looked for and what is wrong there; the hint never holds any
 * of the token. *insecure is set where there is one that others can read or write. The caller frees
 * the value. May block: call it before the loop runs.
 */
checked struct value *token_read(const struct token_config *config, struct arena *arena,
				 char hint[static TOKEN_HINT_SIZE], bool *insecure);

/*
 * Overwrites the variables that tokens come from, in the environment block itself, so that
 * /proc/PID/environ no longer shows them, and unsets them.
 */
void token_forget_variables(const struct config *config);

#endif
