/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Reads /proc/PID/FILE as a string; false where there is none. */
static bool read_proc(pid_t pid, const char *file, char *text, size_t size)
{
	char path[40];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	close(fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}

struct signals {
	uint64_t pending, shared, blocked, ignored, caught;
};

/*
 * Sets of signals as proc(5) writes them; bit n - 1 is signal n. False unless all five are there.
 */
static bool read_signals(pid_t thread, struct signals *signals)
{
	char path[40], *line = NULL;
	size_t size = 0;
	int found = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	status = thread > 0 ? fopen(path, "re") : NULL;
	if (!status)
		return false;
	/* By lines, since that of the groups may be very long. */
	while (getline(&line, &size, status) > 0)
		found += sscanf(line, "SigPnd: %" SCNx64, &signals->pending) == 1 ||
			 sscanf(line, "ShdPnd: %" SCNx64, &signals->shared) == 1 ||
			 sscanf(line, "SigBlk: %" SCNx64, &signals->blocked) == 1 ||
			 sscanf(line, "SigIgn: %" SCNx64, &signals->ignored) == 1 ||
			 sscanf(line, "SigCgt: %" SCNx64, &signals->caught) == 1;
	free(line);
	fclose(status);
	return found == 5;
}

static uint64_t bit(int signal)
{
	return UINT64_C(1) << (signal - 1);
}

/* Those whose default is to end the process: not those that stop it or are ignored (signal(7)). */
static uint64_t fatal_by_default(void)
{
	return ~(bit(SIGCHLD) | bit(SIGURG) | bit(SIGWINCH) | bit(SIGCONT) | bit(SIGSTOP) |
		 bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU));
}

enum caller_fate caller_fate(pid_t thread)
{
	struct signals signals;
	uint64_t pending;

	if (!read_signals(thread, &signals))
		return CALLER_UNKNOWN;
	pending = signals.pending | signals.shared;
	if (pending & bit(SIGKILL))
		return CALLER_DIES;
	if (pending & fatal_by_default() & ~(signals.blocked | signals.ignored | signals.caught))
		return CALLER_DIES;
	if (pending & signals.caught & ~signals.blocked & (bit(SIGINT) | bit(SIGQUIT)))
		return CALLER_CANCELS;
	return CALLER_LIVES;
}

/* The flags of the open(2) or openat(2) that a line of /proc/TID/syscall shows; -1 if it is none.
 */
static long flags_of_open(const char *line)
{
	unsigned long first, second, third;
	long number;

	if (sscanf(line, "%ld %lx %lx %lx", &number, &first, &second, &third) != 4)
		return -1;
	if (number == SYS_openat)
		return (long)third;
#ifdef SYS_open
	if (number == SYS_open)
		return (long)second;
#endif
	return -1;
}

enum caller_intent caller_intent(pid_t thread)
{
	char line[256];
	long flags;

	if (!read_proc(thread, "syscall", line, sizeof(line)) || line[0] < '0' || line[0] > '9')
		return INTENT_UNKNOWN;
#ifdef SYS_openat2
	/* Its flags are behind a pointer. */
	if (strtol(line, NULL, 10) == SYS_openat2)
		return INTENT_UNKNOWN;
#endif
	flags = flags_of_open(line);
	if (flags >= 0 && (flags & O_ACCMODE) == O_WRONLY && flags & O_TRUNC &&
	    !(flags & (O_EXCL | O_APPEND)))
		return INTENT_REPLACE;
	return INTENT_OTHER;
}

/*
 * From /proc/PID/status: reading /proc/PID/stat waits, from Linux 6.18 on, until a program that is being
 * started is; the closing of files is a part of that, and would wait for us.
 */
pid_t caller_session(pid_t pid)
{
	char path[40], *line = NULL;
	size_t size = 0;
	int session = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = pid > 0 ? fopen(path, "re") : NULL;
	if (!status)
		return 0;
	while (getline(&line, &size, status) > 0)
		if (sscanf(line, "NSsid: %d", &session) == 1)
			break;
	free(line);
	fclose(status);
	return session;
}

bool caller_has_thread(pid_t thread, pid_t other)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)thread, (int)other);
	return access(path, F_OK) == 0;
}

bool caller_command(pid_t thread, char program[static CALLER_PROGRAM_SIZE])
{
	if (!read_proc(thread, "comm", program, CALLER_PROGRAM_SIZE))
		return false;
	program[strcspn(program, "\n")] = '\0';
	return true;
}

bool caller_program(pid_t thread, char program[static CALLER_PROGRAM_SIZE])
{
	char path[40];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)thread);
	length = thread > 0 ? readlink(path, program, CALLER_PROGRAM_SIZE - 1) : -1;
	if (length < 0)
		return caller_command(thread, program);
	program[length] = '\0';
	return true;
}
