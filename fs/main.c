/* SPDX-License-Identifier: MIT */
#include "../backends/dotenv_file.h"
#include "../backends/http.h"
#include "../backends/version.h"
#include "check.h"
#include "config.h"
#include "filesystem.h"
#include "journal_past.h"
#include "journal_verify.h"
#include "keeper.h"
#include "options.h"
#include "sandbox_probe.h"
#include "session.h"
#include "token.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* No core file and no debugger of the same user gets at values (prctl(2), PR_SET_DUMPABLE). */
static void harden(void)
{
	struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		fprintf(stderr, "hsxfs: warning: core files could not be switched off\n");
}

/*
 * Goes on in a child of its own session. The parent waits until that is mounted, or has said why
 * not, and exits with 0 or 1 accordingly. *ready is the child's end to say so; -1 on failure.
 */
static int go_to_background(void)
{
	int ends[2];
	char mounted = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0) {
		close(ends[0]);
		setsid();
		return ends[1];
	}
	close(ends[1]);
	while (read(ends[0], &mounted, 1) < 0 && errno == EINTR)
		;
	exit(mounted ? 0 : 1);
}

static void say_mounted(int ready)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (chdir("/") < 0 || nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 ||
	    dup2(nowhere, STDOUT_FILENO) < 0 || write(ready, "m", 1) != 1 ||
	    dup2(nowhere, STDERR_FILENO) < 0)
		fprintf(stderr, "hsxfs: warning: could not detach: %s\n", strerror(errno));
	close(nowhere);
	close(ready);
}

/* The parent was killed while a token command ran: nobody wants this mount any more. */
static bool nobody_waits(int ready)
{
	struct pollfd end = {.fd = ready};

	return ready >= 0 && poll(&end, 1, 0) == 1 && end.revents & POLLERR;
}

static struct sandbox prepare_sandbox(const struct filesystem *filesystem)
{
	bool has_journal = journal_past_is_of_journal(filesystem->past);
	char *state = has_journal ? filesystem_state_directory(filesystem->options) : NULL;
	struct sandbox sandbox = sandbox_prepare(
	    filesystem->config, state, filesystem->journal != NULL, filesystem->mountpoint);

	free(state);
	return sandbox;
}

static bool serve(const struct config *config, const struct options *options,
		  const char *mountpoint, int ready)
{
	struct keeper keeper;
	struct filesystem *filesystem;
	struct session *session = NULL;
	struct sandbox sandbox = SANDBOX_NONE;
	bool good = false;

	harden();
	if (!keeper_start(&keeper, config, mountpoint)) {
		fprintf(stderr, "hsxfs: no keeper process: %s\n", strerror(errno));
		return false;
	}
	filesystem = filesystem_new(config, options, mountpoint);
	token_forget_variables(config);
	if (filesystem) {
		filesystem->keeper = &keeper;
		if (!options->no_sandbox)
			sandbox = prepare_sandbox(filesystem);
	}
	if (filesystem && nobody_waits(ready))
		fprintf(stderr, "hsxfs: whoever started it is gone: not mounted\n");
	else if (filesystem)
		session = session_mount(filesystem, &keeper, mountpoint);
	if (filesystem && !session)
		filesystem_free(filesystem);
	if (session) {
		if (!options->no_sandbox)
			sandbox_enter(&sandbox, &filesystem->sandbox);
#ifdef HSXFS_SANDBOX_PROBE
		sandbox_probe();
#endif
		if (ready >= 0)
			say_mounted(ready);
		good = session_run(session);
		session_free(session);
	}
	sandbox_free(&sandbox);
	keeper_stop(&keeper);
	return good;
}

/* What cannot be looked at, since it is another user's or has lost its daemon, is found by its
 * place. */
static bool is_mounted(const char *path, const char *absolute)
{
	char *copy = strdup(path), *other = strdup(path), *parent = NULL, *place = NULL;
	int error = errno;
	bool mounted = absolute && keeper_mount_at(absolute);

	if (!absolute && copy && other)
		parent = realpath(dirname(copy), NULL);
	if (parent && asprintf(&place, "%s/%s", parent, basename(other)) >= 0)
		mounted = keeper_mount_at(place);
	free(place);
	free(parent);
	free(other);
	free(copy);
	errno = error;
	return mounted;
}

static void warn_of_hidden(const char *mountpoint)
{
	DIR *directory = opendir(mountpoint);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		fprintf(stderr,
			"hsxfs: warning: %s is not empty: what is in it is hidden while this is "
			"mounted\n",
			mountpoint);
		break;
	}
	if (directory)
		closedir(directory);
}

static bool check_mountpoint(const char *path, char **absolute)
{
	struct stat status;

	*absolute = realpath(path, NULL);
	if (is_mounted(path, *absolute)) {
		fprintf(stderr, "hsxfs: %s is already mounted, by hsxfs: fusermount3 -u %s\n", path,
			path);
		return false;
	}
	if (!*absolute || stat(*absolute, &status) < 0) {
		fprintf(stderr, "hsxfs: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (S_ISDIR(status.st_mode)) {
		warn_of_hidden(*absolute);
		return true;
	}
	fprintf(stderr, "hsxfs: %s is not a directory\n", path);
	return false;
}

/* The directory that a file is in, resolved: the file itself need not exist. */
static bool is_inside(const char *file, const char *mountpoint)
{
	size_t length = strlen(mountpoint);
	char *copy = strdup(file), *real = NULL;
	bool inside = false;

	if (copy)
		real = realpath(dirname(copy), NULL);
	if (real)
		inside = !strncmp(real, mountpoint, length) &&
			 (real[length] == '/' || !real[length] || length == 1);
	free(real);
	free(copy);
	return inside;
}

/* A file that only hsxfs itself could serve would make it wait for itself. */
static bool refuse_inside(const struct account_config *account, const char *file, const char *what,
			  const char *mountpoint)
{
	if (!file || !is_inside(file, mountpoint))
		return true;
	fprintf(stderr,
		"hsxfs: accounts.%s: %s `%s' is inside the mount point %s: put it elsewhere\n",
		account->name, what, file, mountpoint);
	return false;
}

/* It has to be there by now: the sandbox lets no other be opened later. */
static void warn_of_missing(const struct account_config *account,
			    const struct project_config *project, int environment,
			    const char *mountpoint)
{
	const char *path = project->environments[environment].dotenv;
	struct outcome outcome;
	char *file;

	if (!path)
		return;
	outcome = dotenv_file_find(path, mountpoint, &file);
	if (outcome.kind == OUTCOME_OK)
		outcome = dotenv_file_directory(file);
	if (outcome.kind == OUTCOME_NOT_FOUND)
		fprintf(stderr,
			"hsxfs: warning: accounts.%s.projects.%s.environments.%s.dotenv: %s. %s\n",
			account->name, project->name, environment_names[environment],
			outcome.message, outcome.advice);
	free(file);
}

static void warn_of_all_missing(const struct config *config, const char *mountpoint)
{
	for (unsigned i = 0; i < config->account_count; i++)
		for (unsigned j = 0; j < config->accounts[i].project_count; j++)
			for (int k = 0; k < ENVIRONMENTS; k++)
				warn_of_missing(&config->accounts[i],
						&config->accounts[i].projects[j], k, mountpoint);
}

static bool check_files(const struct config *config, const char *mountpoint)
{
	bool good = true;

	for (unsigned i = 0; i < config->account_count; i++) {
		const struct account_config *account = &config->accounts[i];

		good = good &&
		       refuse_inside(account, account->cloudflare.ca_file, "ca_file", mountpoint);
		for (unsigned j = 0; j < account->project_count; j++)
			for (int k = 0; k < ENVIRONMENTS; k++)
				good = good &&
				       refuse_inside(account,
						     account->projects[j].environments[k].dotenv,
						     "dotenv", mountpoint);
	}
	return good;
}

static bool mount_config(const struct options *options, const struct config *config)
{
	char *mountpoint;
	int ready = -1;
	bool good =
	    check_mountpoint(options->mountpoint, &mountpoint) && check_files(config, mountpoint);

	if (good)
		warn_of_all_missing(config, mountpoint);
	if (good && !options->foreground) {
		ready = go_to_background();
		good = ready >= 0;
		if (!good)
			fprintf(stderr, "hsxfs: %s\n", strerror(errno));
	}
	good = good && serve(config, options, mountpoint, ready);
	free(mountpoint);
	return good;
}

/* What is read for it is no less secret than for a mount. */
static bool check_quietly(const struct options *options, const struct config *config)
{
	harden();
	return check_configuration(config, options);
}

/* As .status and the table of mounts show it, wherever the daemon was started. */
static bool make_absolute(struct config *config)
{
	char *absolute = realpath(config->path, NULL);

	if (!absolute) {
		fprintf(stderr, "hsxfs: %s: %s\n", config->path, strerror(errno));
		return false;
	}
	free(config->path);
	config->path = absolute;
	return true;
}

static bool is_configuration_alone(const struct options *options)
{
	struct stat status;

	if (options->config || options->check || stat(options->mountpoint, &status) < 0 ||
	    !S_ISREG(status.st_mode))
		return false;
	fprintf(stderr, "hsxfs: %s is a file: a mount point is needed after the configuration\n",
		options->mountpoint);
	return true;
}

static bool mount_options(const struct options *options)
{
	char error[CONFIG_ERROR_SIZE];
	char *path = options->config ? strdup(options->config) : config_default_path();
	struct config *config;
	bool good = false;

	/* Before anything is parsed, so that all of it is wiped when it is freed. */
	if (!http_prepare()) {
		fprintf(stderr, "hsxfs: the libraries could not be initialised\n");
		free(path);
		return false;
	}
	if (!path) {
		fprintf(stderr, "hsxfs: no configuration was named, and there is no home directory "
				"to look for one\n");
		return false;
	}
	config = config_read(path, error);
	if (config)
		good = make_absolute(config) && (options->check ? check_quietly(options, config)
								: mount_config(options, config));
	else
		fprintf(stderr, "hsxfs: %s\n", error);
	config_free(config);
	free(path);
	return good;
}

int main(int count, char **words)
{
	struct options options;
	char error[OPTIONS_ERROR_SIZE];
	bool good = options_read(&options, count, words, error);

	if (!good)
		fprintf(stderr, "hsxfs: %s\n", error);
	else if (options.help)
		fputs(options_help, stdout);
	else if (options.version)
		printf("hsxfs %s\n", hsxfs_version);
	else if (options.verify)
		good = journal_verify(options.mountpoint);
	else
		good = !is_configuration_alone(&options) && mount_options(&options);
	options_free(&options);
	return good ? 0 : 1;
}
