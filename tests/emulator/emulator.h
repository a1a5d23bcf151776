/* SPDX-License-Identifier: MIT */
#ifndef EMULATOR_H
#define EMULATOR_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"
#include "rules.h"
#include "state.h"

/* The ceiling of a request's body, in bytes. */
#define EMULATOR_BODY_CEILING ((size_t)10 * 1024 * 1024)

/* Everything that the connections' threads share, under one lock. */
struct emulator {
	pthread_mutex_t lock;
	pthread_cond_t wake;   /* broadcast when generation changes */
	unsigned generation;   /* a waiting request whose generation is over is dropped */
	unsigned long sockets; /* connections accepted so far */
	struct state state;
	struct rules rules;
	struct record record;
};

/* Passes a value on and ends the program where it is NULL: without memory a test proves nothing. */
void *must(void *pointer);

/* Milliseconds since 1970. */
int64_t now_ms(void);

/* Drops every request that waits, at its caller's next look. Call it with the lock held. */
void emulator_release(struct emulator *emulator);

#endif
