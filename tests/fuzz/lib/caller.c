/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include <string.h>

static enum caller_fate fate_now;
static enum caller_intent intent_now;

void fuzz_caller_set(enum caller_fate fate, enum caller_intent intent)
{
	fate_now = fate;
	intent_now = intent;
}

enum caller_fate caller_fate(pid_t thread)
{
	(void)thread;
	return fate_now;
}

enum caller_intent caller_intent(pid_t thread)
{
	(void)thread;
	return intent_now;
}

bool caller_has_thread(pid_t thread, pid_t other)
{
	return thread == other;
}

pid_t caller_session(pid_t pid)
{
	return pid / 4;
}

bool caller_command(pid_t thread, char program[static CALLER_PROGRAM_SIZE])
{
	return caller_program(thread, program);
}

bool caller_program(pid_t thread, char program[static CALLER_PROGRAM_SIZE])
{
	strcpy(program, "/usr/bin/demo");
	return thread % 2;
}
