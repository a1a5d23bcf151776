/* SPDX-License-Identifier: MIT */
#include "token.h"
#include "../backends/trusted_path.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_LIMIT 30000 /* milliseconds */
#define FOREVER INT64_MAX

extern char **environ;

static bool say(char *hint, const char *format, ...) printf_like(2, 3);

static bool say(char *hint, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(hint, TOKEN_HINT_SIZE, format, arguments);
	va_end(arguments);
	return false;
}

static int64_t milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is left until a time, at least 0; -1 (for ever) if there is no such time. */
static int left_until(int64_t end)
{
	int64_t left = end - milliseconds_now();

	if (end == FOREVER)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* Appends what comes from a descriptor until its end or until the time is up. */
static bool read_all(int fd, int64_t end, struct value *token)
{
	ssize_t length;
	bool good = true;

	do {
		struct pollfd ready = {.fd = fd, .events = POLLIN};

		length = -1;
		errno = ETIMEDOUT;
		if (poll(&ready, 1, left_until(end)) == 1)
			length = value_read(token, fd, 256);
		good = length >= 0;
	} while (length > 0);
	return good;
}

static bool from_variable(const char *name, struct value *token, char *hint)
{
	const char *text = getenv(name);

	/* Somebody may have put the token itself where the variable's name belongs. */
	if (!text || !*text)
		return say(hint, "the environment variable %.24s%s is not set", name,
			   strlen(name) > 24 ? "..." : "");
	return value_append(token, text, strlen(text)) ||
	       say(hint, "the environment variable %.24s is too long", name);
}

/*
 * systemd may give a credential to its user by an ACL, whose mask stat(2) shows as the group's
 * rights.
 */
static bool is_insecure(const struct stat *status, bool credential)
{
	mode_t others = credential ? 07 : 077;

	return (status->st_uid != geteuid() && status->st_uid != 0) || status->st_mode & others;
}

static bool from_open_file(int fd, const char *path, bool credential, struct value *token,
			   char *hint, bool *insecure)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return say(hint, "%s is no regular file", path);
	*insecure = is_insecure(&status, credential);
	if (*insecure && status.st_uid != geteuid() && status.st_uid != 0)
		return say(hint, "%s belongs to another user", path);
	if (*insecure)
		return say(hint, "%s can be used by others: chmod 600 it", path);
	return read_all(fd, FOREVER, token) || say(hint, "%s: %s", path, strerror(errno));
}

static bool from_file(const char *path, bool credential, struct value *token, char *hint,
		      bool *insecure)
{
	char problem[TRUSTED_PATH_PROBLEM_SIZE];
	bool good;
	int fd;

	/* systemd says what the directories of its credentials are like. */
	*insecure = !credential && !trusted_path(path, problem);
	if (*insecure)
		return say(hint, "%.80s cannot be trusted: %.180s", path, problem);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return say(hint, "%s: %s", path, strerror(errno));
	good = from_open_file(fd, path, credential, token, hint, insecure);
	close(fd);
	return good;
}

static bool from_credential(const char *name, struct value *token, char *hint, bool *insecure)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char path[4096];

	if (!directory)
		return say(hint,
			   "$CREDENTIALS_DIRECTORY is not set (systemd sets it for a service "
			   "with LoadCredential=%s:...)",
			   name);
	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return say(hint, "the path of the credential %s is too long", name);
	return from_file(path, true, token, hint, insecure);
}

/* The command gets the default signals and the caller's stderr, for questions and complaints. */
static int spawn(char *const *command, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (!error)
		error = posix_spawnp(pid, command[0], &actions, &attributes, command, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Waits for the command's end; one that outlives its time is killed. */
static bool has_ended_well(pid_t pid, int64_t end)
{
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && left_until(end) > 0)
		poll(NULL, 0, 20);
	if (ended == pid)
		return WIFEXITED(status) && WEXITSTATUS(status) == 0;
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return false;
}

static bool from_command(char *const *command, struct value *token, char *hint)
{
	int64_t end = milliseconds_now() + COMMAND_LIMIT;
	int ends[2], error;
	bool good;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return say(hint, "no pipe for the command `%s': %s", command[0], strerror(errno));
	error = spawn(command, ends[1], &pid);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return say(hint, "the command `%s' cannot be run: %s", command[0], strerror(error));
	}
	good = read_all(ends[0], end, token);
	close(ends[0]);
	if (has_ended_well(pid, good ? end : 0) && good)
		return true;
	return say(hint, "the command `%s' failed, printed too much or took over 30 s", command[0]);
}

static bool read_source(const struct token_config *config, struct value *token, char *hint,
			bool *insecure)
{
	switch (config->source) {
	case TOKEN_ENV:
		return from_variable(config->name, token, hint);
	case TOKEN_FILE:
		return from_file(config->name, false, token, hint, insecure);
	case TOKEN_CREDENTIAL:
		return from_credential(config->name, token, hint, insecure);
	case TOKEN_COMMAND:
		return from_command(config->command, token, hint);
	case TOKEN_NONE:
		break;
	}
	return say(hint, "the configuration names no token");
}

/* The first line; anything but printable ASCII could not stand in a header (RFC 6750 2.1). */
static bool check(struct value *token, char *hint)
{
	const char *bytes = value_bytes(token);
	size_t length = 0;

	while (length < value_length(token) && bytes[length] > 0x20 && bytes[length] < 0x7f)
		length++;
	if (length == 0)
		return say(hint, "the token is empty");
	for (size_t i = length; i < value_length(token) && bytes[i] != '\n'; i++)
		if (!strchr(" \t\r", bytes[i]) || !bytes[i])
			return say(hint, "the token has a character that no token has");
	value_truncate(token, length);
	return true;
}

static const char *source_text(const struct token_config *config)
{
	static const char *const texts[] = {[TOKEN_NONE] = "",
					    [TOKEN_ENV] = "environment variable ",
					    [TOKEN_FILE] = "file ",
					    [TOKEN_CREDENTIAL] = "credential ",
					    [TOKEN_COMMAND] = "command "};

	return texts[config->source];
}

struct value *token_read(const struct token_config *config, struct arena *arena,
			 char hint[static TOKEN_HINT_SIZE], bool *insecure)
{
	struct value *token = value_new(arena, TOKEN_CEILING);
	char problem[TOKEN_HINT_SIZE];

	*insecure = false;
	if (!token) {
		say(hint, "no memory for a token");
		return NULL;
	}
	if (!read_source(config, token, hint, insecure)) {
		value_free(token);
		return NULL;
	}
	if (!check(token, problem)) {
		say(hint, "%s%s: %.150s", source_text(config),
		    config->source == TOKEN_COMMAND ? config->command[0] : config->name, problem);
		value_free(token);
		return NULL;
	}
	return token;
}

/* All of them, should the block hold the variable twice. */
static void forget_variable(const struct token_config *config)
{
	size_t length = config->source == TOKEN_ENV ? strlen(config->name) : 0;

	for (char **entry = environ; length && *entry; entry++)
		if (!strncmp(*entry, config->name, length) && (*entry)[length] == '=')
			sodium_memzero(*entry + length + 1, strlen(*entry + length + 1));
	if (length)
		unsetenv(config->name);
}

unsigned token_count(const struct config *config)
{
	return 2 + 2 * config->account_count;
}

const struct token_config *token_config(const struct config *config, unsigned number)
{
	const struct account_config *account;

	if (number == 0)
		return &config->cloudflare.token;
	if (number == 1)
		return &config->control_plane.api.token;
	account = &config->accounts[number / 2 - 1];
	return number % 2 ? &account->control_plane.api.token : &account->cloudflare.token;
}

void token_forget_variables(const struct config *config)
{
	for (unsigned i = 0; i < token_count(config); i++)
		forget_variable(token_config(config, i));
}
