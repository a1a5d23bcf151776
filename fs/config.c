/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "../backends/json_io.h"
#include "../backends/trusted_path.h"
#include "config_reader.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_FILE_MAX ((size_t)1024 * 1024)

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; texts && i < count; i++)
		free(texts[i]);
	free(texts);
}

static void free_token(struct token_config *token)
{
	size_t count = 0;

	while (token->command && token->command[count])
		count++;
	free_texts(token->command, count);
	free(token->name);
}

static void free_api(struct api_config *api)
{
	free(api->url);
	free(api->ca_file);
	free_token(&api->token);
}

static void free_control(struct control_config *control)
{
	free_api(&control->api);
	for (unsigned i = 0; i < CONTROL_PATHS; i++)
		free(control->paths[i]);
}

static void free_environment(struct environment_config *environment)
{
	free_texts(environment->scripts, environment->script_count);
	free(environment->dotenv);
	free(environment->flags_kv);
	free(environment->flags_key);
	free(environment->installs_kv);
}

static void free_project(struct project_config *project)
{
	free(project->name);
	free_texts(project->workers, project->worker_count);
	free(project->app_id);
	for (unsigned i = 0; i < ENVIRONMENTS; i++)
		free_environment(&project->environments[i]);
}

static void free_account(struct account_config *account)
{
	free(account->name);
	free_api(&account->cloudflare);
	free(account->account_id);
	free_control(&account->control_plane);
	for (unsigned i = 0; i < account->project_count; i++)
		free_project(&account->projects[i]);
	free(account->projects);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free_api(&config->cloudflare);
	free_control(&config->control_plane);
	for (unsigned i = 0; i < config->account_count; i++)
		free_account(&config->accounts[i]);
	free(config->accounts);
	free(config->path);
	free(config);
}

static struct config *config_from(struct reader *reader, const json_t *root)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config) {
		reader_no_memory(reader);
		return NULL;
	}
	if (reader_keep(reader, &config->path, reader->path) &&
	    config_build(reader, root, config) && config_check(reader, config))
		return config;
	config_free(config);
	return NULL;
}

struct config *config_parse(const char *path, const char *text, size_t length,
			    char error[static CONFIG_ERROR_SIZE])
{
	struct reader reader = {.path = path, .error = error};
	struct config *config;
	json_error_t problem;
	json_t *root;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		reader_problem(&reader, NULL,
			       "begins with a byte-order mark; save the file as UTF-8 without one");
		return NULL;
	}
	root = json_read(text, length, JSON_REJECT_DUPLICATES, &problem);
	if (!root && json_error_code(&problem) == json_error_out_of_memory) {
		reader_no_memory(&reader);
		return NULL;
	}
	if (!root) {
		reader_syntax_problem(&reader, &problem, text, length);
		return NULL;
	}
	config = config_from(&reader, root);
	json_decref(root);
	return config;
}

static int open_file(struct reader *reader)
{
	/* Without O_NONBLOCK a FIFO would hold the open itself. */
	int file = open(reader->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (file >= 0)
		return file;
	if (errno == ENOENT)
		reader_problem(reader, NULL,
			       "there is no such file; write it, or name another on the command "
			       "line");
	else
		reader_problem(reader, NULL, "cannot be opened: %s", strerror(errno));
	return -1;
}

static bool check_file(struct reader *reader, int file)
{
	uid_t user = geteuid();
	struct stat status;

	if (fstat(file, &status) < 0)
		return reader_problem(reader, NULL, "cannot be examined: %s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return reader_problem(reader, NULL, "is not a regular file");
	if (status.st_uid != user && status.st_uid != 0)
		return reader_problem(
		    reader, NULL, "belongs to the user %u, not to you or root; `chown %u %s`%s",
		    status.st_uid, user, reader->path,
		    user ? "" : ", or mount as that user (in fstab: setuid=NAME)");
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return reader_problem(reader, NULL, "others can write to it; `chmod go-w %s`",
				      reader->path);
	if (status.st_size > (off_t)CONFIG_FILE_MAX)
		return reader_problem(reader, NULL, "is larger than %zu bytes", CONFIG_FILE_MAX);
	return true;
}

/* The file may have grown since it was examined. */
static bool read_all(struct reader *reader, int file, char *text, size_t *length)
{
	*length = 0;
	while (*length <= CONFIG_FILE_MAX) {
		ssize_t got = read(file, text + *length, CONFIG_FILE_MAX + 1 - *length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return reader_problem(reader, NULL, "cannot be read: %s", strerror(errno));
		if (!got)
			return true;
		*length += (size_t)got;
	}
	return reader_problem(reader, NULL, "is larger than %zu bytes", CONFIG_FILE_MAX);
}

/* The text is wiped, in case somebody wrote a token into the file. */
static struct config *read_and_parse(struct reader *reader, int file)
{
	char *text = malloc(CONFIG_FILE_MAX + 1);
	struct config *config = NULL;
	size_t length;

	if (!text) {
		reader_no_memory(reader);
		return NULL;
	}
	if (read_all(reader, file, text, &length))
		config = config_parse(reader->path, text, length, reader->error);
	explicit_bzero(text, CONFIG_FILE_MAX + 1);
	free(text);
	return config;
}

struct config *config_read(const char *path, char error[static CONFIG_ERROR_SIZE])
{
	struct reader reader = {.path = path, .error = error};
	struct config *config = NULL;
	char problem[TRUSTED_PATH_PROBLEM_SIZE];
	int file;

	if (!trusted_path(path, problem)) {
		reader_problem(&reader, NULL, "cannot be trusted: %s", problem);
		return NULL;
	}
	file = open_file(&reader);
	if (file < 0)
		return NULL;
	if (check_file(&reader, file))
		config = read_and_parse(&reader, file);
	close(file);
	return config;
}

char *config_default_path(void)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *below = "/hsxfs/config.json";
	char *path;

	if (!base || base[0] != '/') {
		base = home_directory();
		below = "/.config/hsxfs/config.json";
	}
	if (!base || asprintf(&path, "%s%s", base, below) < 0)
		return NULL;
	return path;
}
