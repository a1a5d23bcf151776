/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_WIPE_H
#define HSXFS_WIPE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The standard allocation functions, except that memory is wiped before it goes back. They are put
 * under jansson and libcrypto, through whose buffers values and tokens pass, and hold the replies
 * of servers; libcurl has those of locked.h. Memory from malloc(3) may be handed to them and the other
 * way round.
 */
void *wipe_malloc(size_t size);
void *wipe_realloc(void *memory, size_t size);
void wipe_free(void *memory);

/*
 * Wipes the vector registers: memcpy(3) leaves the last bytes of what it copied there, and a core
 * of a process that sleeps has its registers. Does nothing on machines other than x86-64 and AArch64.
 */
void wipe_registers(void);

/* Puts them under jansson and libcrypto. False if libcrypto was in use already. */
bool wipe_install(void);

#endif
