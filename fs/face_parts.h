/* SPDX-License-Identifier: MIT */
#ifndef HSXFS_FACE_PARTS_H
#define HSXFS_FACE_PARTS_H

#include "parked.h"
#include "tree.h"
#include <fuse_lowlevel.h>

/* What the parts of the face share: face.c (names), face_attributes.c (extended attributes),
 * face_directory.c (open directories) and face_file.c (open files). */

struct filesystem *face_filesystem(fuse_req_t request);

/* With -d, prints an operation on a node, or on its child `name` (may be NULL). Never a value. */
void face_trace(fuse_req_t request, const char *operation, const struct node *node,
		const char *name);

/* Logs a refusal and replies with its errno. */
void face_refuse(fuse_req_t request, const char *operation, const struct node *node,
		 const char *name, const struct outcome *outcome);

/* True if another user than the one who opened a file makes a request through it: it is refused. */
bool face_is_others(fuse_req_t request, const char *operation, const struct node *node,
		    uid_t opener);

/* Who makes a request; his session is left open. */
struct author face_author(fuse_req_t request);

/* Parks a request; NULL where memory is short: then it has been answered. */
struct parked *face_park(fuse_req_t request, const struct node *node, const char *name);

/* Parks an open or opendir, whose reply needs what the kernel said of it. As face_park. */
struct parked *face_park_open(fuse_req_t request, const struct node *node,
			      const struct fuse_file_info *file);

/* Whether the kernel's lookups hold a node's name; gives up so many of those holds. */
void face_forget_name(struct filesystem *filesystem, const struct node *node, uint64_t count);

/* Replies to a parked open; false if nobody takes the handle, which then is to be closed. */
checked bool face_reply_open(struct parked *parked, void *handle, bool direct);

/* Ends a parked request, unless it has been answered: with a logged refusal, or with an errno. */
void face_refuse_parked(struct parked *parked, const char *operation,
			const struct outcome *outcome);
void face_end_parked(struct parked *parked, int error);

/* The reply for a node that may be believed for so many milliseconds, -1: for the mount's life. */
struct fuse_entry_param face_entry(struct filesystem *filesystem, const struct node *node,
				   int64_t valid_for);

/* The operations of open files, for the table in face.c; see fuse_lowlevel.h. */
void face_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file);
void face_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
		 struct fuse_file_info *file);
void face_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
	       struct fuse_file_info *file);
void face_write(fuse_req_t request, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
		struct fuse_file_info *file);
void face_flush(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file);
void face_fsync(fuse_req_t request, fuse_ino_t inode, int data, struct fuse_file_info *file);
void face_release(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file);

/* Extended attributes. */
void face_getxattr(fuse_req_t request, fuse_ino_t inode, const char *name, size_t size);
void face_listxattr(fuse_req_t request, fuse_ino_t inode, size_t size);
void face_setxattr(fuse_req_t request, fuse_ino_t inode, const char *name, const char *value,
		   size_t size, int flags);
void face_removexattr(fuse_req_t request, fuse_ino_t inode, const char *name);

/* Of open directories. */
void face_opendir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file);
void face_readdir(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
		  struct fuse_file_info *file);
void face_readdirplus(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
		      struct fuse_file_info *file);
void face_releasedir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file);
void face_fsyncdir(fuse_req_t request, fuse_ino_t inode, int data, struct fuse_file_info *file);

#endif
