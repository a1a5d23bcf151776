/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FACE_H
#define HSXFS_FACE_H

#include "filesystem.h"
#include <sys/uio.h>

/*
 * The FUSE face: translates low-level requests into calls of the filesystem, and their ends into
 * replies. libfuse appears in face.c, face_directory.c,
 * face_file.c and session.c alone.
 */

struct face;
struct fuse_lowlevel_ops;

extern const struct fuse_lowlevel_ops face_operations;

/* How such a session sends its replies; see struct fuse_custom_io. context is the face. */
ssize_t face_send(int fd, struct iovec *reply, int count, void *context);

/* The user data of a session with these operations. NULL where memory is short. */
checked struct face *face_new(struct filesystem *filesystem);

/* Frees it with every request that still waits; they get no reply. Free the filesystem first. */
void face_free(struct face *face);

#endif
