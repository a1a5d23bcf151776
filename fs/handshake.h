/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_HANDSHAKE_H
#define HSXFS_HANDSHAKE_H

#include <sys/uio.h>

/*
 * libfuse 3.14 takes FUSE_CAP_PARALLEL_DIROPS and does not tell the kernel, which then locks a
 * directory for as long as one lookup in it waits: whoever wants another name there cannot even be
 * killed.
 */

/* Allows parallel lookups in the reply to FUSE_INIT, as libfuse hands it over to be written. */
void handshake_allow_parallel(const struct iovec *reply, int count);

#endif
