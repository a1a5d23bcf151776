/* SPDX-License-Identifier: MIT */
#include "keeper.h"
#include "token.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum request { MOUNTED = 'm', UNMOUNT = 'u', STOP = 'q' };

/* mountinfo(5) writes space, tab, newline and backslash of a path as three octal digits. */
static bool same_path(const char *escaped, const char *path)
{
	for (; *escaped && *escaped != ' '; path++) {
		unsigned character = (unsigned char)*escaped++;

		if (character == '\\') {
			if (sscanf(escaped, "%3o", &character) != 1)
				return false;
			escaped += 3;
		}
		if ((unsigned char)*path != character)
			return false;
	}
	return !*path;
}

/* The id of the topmost mount of ours at a path, 0 if there is none. */
static int mount_at(const char *path)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int found = 0;

	while (mounts && getline(&line, &size, mounts) > 0) {
		int id, place = 0;

		if (sscanf(line, "%d %*d %*s %*s %n", &id, &place) == 1 && place > 0 &&
		    same_path(line + place, path))
			found = strstr(line, " - fuse.hsxfs ") ? id : 0;
	}
	free(line);
	if (mounts)
		fclose(mounts);
	return found;
}

static void run_fusermount(const char *mountpoint)
{
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGTERM, SIG_DFL);
		execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", mountpoint, NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void unmount(const char *mountpoint, int mount)
{
	if (mount && mount_at(mountpoint) == mount)
		run_fusermount(mountpoint);
}

static void keep(int socket, const char *mountpoint)
{
	int mount = 0;

	for (;;) {
		char request;
		ssize_t length = read(socket, &request, 1);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0) {
			unmount(mountpoint, mount);
			return;
		}
		if (request == MOUNTED)
			mount = mount_at(mountpoint);
		else if (request == UNMOUNT)
			unmount(mountpoint, mount);
		else
			return;
	}
}

/* Ctrl-C in a terminal, a shutdown and systemd signal all processes at once. */
static void outlive_the_daemon(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], SIG_IGN);
}

/*
 * Lets go of everything else: whoever started the daemon may wait for the end of its output, or of
 * the pipe that says that it is mounted.
 */
static bool keep_only(int *socket)
{
	int nowhere = open("/dev/null", O_RDWR);
	bool good = nowhere >= 0;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		good = good && dup2(nowhere, fd) == fd;
	good = good && dup2(*socket, STDERR_FILENO + 1) >= 0;
	*socket = STDERR_FILENO + 1;
	return good && close_range(*socket + 1, ~0u, 0) == 0;
}

bool keeper_start(struct keeper *keeper, const struct config *config, const char *mountpoint)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	keeper->pid = fork();
	if (keeper->pid == 0) {
		close(ends[0]);
		token_forget_variables(config);
		if (!keep_only(&ends[1]))
			_exit(1);
		prctl(PR_SET_NAME, "hsxfs-keeper");
		outlive_the_daemon();
		if (chdir("/") < 0)
			_exit(1);
		keep(ends[1], mountpoint);
		_exit(0);
	}
	close(ends[1]);
	keeper->socket = ends[0];
	if (keeper->pid > 0)
		return true;
	close(ends[0]);
	return false;
}

static bool send_request(struct keeper *keeper, enum request request)
{
	char byte = (char)request;

	return send(keeper->socket, &byte, 1, MSG_NOSIGNAL) == 1;
}

bool keeper_mounted(struct keeper *keeper)
{
	return send_request(keeper, MOUNTED);
}

bool keeper_unmount(struct keeper *keeper)
{
	return send_request(keeper, UNMOUNT);
}

void keeper_stop(struct keeper *keeper)
{
	/* A keeper that is gone already is as good. */
	(void)!send_request(keeper, STOP);
	close(keeper->socket);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
