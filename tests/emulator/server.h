/* SPDX-License-Identifier: MIT */
#ifndef SERVER_H
#define SERVER_H

#include "emulator.h"

struct MHD_Daemon;

/* Serves on a listening socket, which is taken; NULL where that fails. One thread a connection. */
struct MHD_Daemon *server_start(struct emulator *emulator, int socket);

/* Drops what waits and ends every connection. */
void server_stop(struct emulator *emulator, struct MHD_Daemon *daemon);

#endif
