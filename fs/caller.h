/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_CALLER_H
#define HSXFS_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * What /proc says of the process that made a request.
 */

enum caller_fate {
	CALLER_UNKNOWN, /* /proc cannot tell: pid 0, another pid namespace, hidepid */
	CALLER_LIVES,	/* whatever signals are pending, it will go on */
	CALLER_CANCELS, /* a SIGINT or SIGQUIT is pending that it catches: somebody pressed Ctrl-C
			 */
	CALLER_DIES	/* a pending signal will end it */
};

/* What will become of a thread (a request's pid is a thread id), by its pending signals. */
enum caller_fate caller_fate(pid_t thread);

/* What a thread that waits for a lookup wants the name for. */
enum caller_intent {
	INTENT_UNKNOWN, /* Yama or another pid namespace hides it, or it is not waiting yet */
	INTENT_REPLACE, /* to open and truncate it, whether it exists or not: a shell's `>` */
	INTENT_OTHER	/* anything else, for which it matters whether the name exists */
};

/* Reads the system call that a thread is in, from /proc/TID/syscall (proc(5)). */
enum caller_intent caller_intent(pid_t thread);

/* The process's session, or 0 where /proc cannot tell (another pid namespace, hidepid). */
pid_t caller_session(pid_t pid);

/* Whether two threads are of one process; false where /proc cannot tell. */
bool caller_has_thread(pid_t thread, pid_t other);

#define CALLER_PROGRAM_SIZE 1024

/* The name of a thread's program. False where /proc cannot tell. */
bool caller_command(pid_t thread, char program[static CALLER_PROGRAM_SIZE]);

/* The path of a thread's program, or, where that cannot be read, its name. False where /proc cannot
 * tell either. Waits while the thread starts a program, and with it until what it had open is closed:
 * only for who does not serve it. */
bool caller_program(pid_t thread, char program[static CALLER_PROGRAM_SIZE]);

#endif
