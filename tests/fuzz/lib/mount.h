/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FUZZ_MOUNT_H
#define HSXFS_FUZZ_MOUNT_H

#include "../../../fs/filesystem.h"
#include "fuzz.h"

/*
 * A mount without a kernel: requests go straight to libfuse and its answers come back here, where
 * they are checked. It plays the kernel's part: it never sends what a kernel would not (a handle or
 * a node that it was not given, a name with a slash, a release while a write waits).
 */

struct fuzz_mount;

struct fuzz_mount *fuzz_mount_new(const struct config *config, const struct options *options);

/* Unmounts: after this every request must have been answered. */
void fuzz_mount_free(struct fuzz_mount *mount);

struct filesystem *fuzz_mount_filesystem(struct fuzz_mount *mount);

/* Sends the request of a letter (see fuzz_mount_request's table) with what it takes of the input. */
void fuzz_mount_request(struct fuzz_mount *mount, uint8_t letter, struct fuzz_input *input);

/* What /proc says of callers from now on. */
void fuzz_mount_caller(struct fuzz_mount *mount, uint8_t bits);

/*
 * The configuration of those mounts: acct_demo with Cloudflare and a control plane, and acme-crm with
 * scripts, flags and installs in production and staging, and DIRECTORY/.dev.vars for dev.
 */
struct config *fuzz_mount_config(const char *directory);

#endif
